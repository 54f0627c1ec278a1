using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Redouble.Server.Polling;

/// <summary>
/// A socket address as the kernel has it (struct sockaddr of Linux):
/// <code>
///   IPv4   | family 2, 2  | port, 2 (big endian) | address, 4 | zero, 8 |                                       16 bytes
///   IPv6   | family 10, 2 | port, 2 (big endian) | flow, 4    | address, 16 | scope, 4 |                        28 bytes
///   unix   | family 1, 2  | path, at most 107, and a NUL |                                                  up to 110 bytes
/// </code>
/// </summary>
public struct NativeAddress
{
    internal const int SizeMax = 112;
    internal const int FamilyUnix = 1;
    internal const int FamilyIPv4 = 2;
    internal const int FamilyIPv6 = 10;
    private const int UnixPathMax = 107;

    internal Storage Bytes;
    internal int Length;

    /// <summary>Address family, as the kernel numbers it.</summary>
    public readonly int Family => Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(View);

    /// <summary>Whether it is the path of a unix socket.</summary>
    public readonly bool IsUnix => Family == FamilyUnix;

    /// <summary>The port; 0 for unix sockets.</summary>
    public readonly int Port => Family is FamilyIPv4 or FamilyIPv6 ? BinaryPrimitives.ReadUInt16BigEndian(View[2..]) : 0;

    /// <summary>The IP address in text (<c>127.0.0.1</c>, <c>::1</c>), or the path of a unix socket, empty for its nameless end.</summary>
    public readonly string Host => Family switch
    {
        FamilyIPv4 => new IPAddress(View.Slice(4, 4)).ToString(),
        FamilyIPv6 => new IPAddress(View.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(View[24..])).ToString(),
        FamilyUnix => Encoding.UTF8.GetString(UnixPath),
        _ => string.Empty,
    };

    [UnscopedRef]
    private readonly ReadOnlySpan<byte> View => ((ReadOnlySpan<byte>)Bytes)[..Length];

    [UnscopedRef]
    private readonly ReadOnlySpan<byte> UnixPath
    {
        get
        {
            var path = View[2..];
            var end = path.IndexOf((byte)0);
            return end < 0 ? path : path[..end];
        }
    }

    /// <summary>An IPv4 or IPv6 address and a port.</summary>
    public static NativeAddress FromIp(IPAddress address, int port)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)port, 65535u);
        var result = default(NativeAddress);
        Span<byte> bytes = result.Bytes;
        var isIPv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        result.Length = isIPv4 ? 16 : 28;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(isIPv4 ? FamilyIPv4 : FamilyIPv6));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)port);
        address.TryWriteBytes(bytes[(isIPv4 ? 4 : 8)..], out _);
        if (!isIPv4) BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], (uint)address.ScopeId);
        return result;
    }

    /// <summary>The path of a unix socket; false when it is empty or longer than 107 bytes.</summary>
    public static bool TryFromUnixPath(string path, out NativeAddress address)
    {
        address = default;
        var length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or > UnixPathMax) return false;
        Span<byte> bytes = address.Bytes;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, FamilyUnix);
        Encoding.UTF8.GetBytes(path, bytes[2..]);
        address.Length = 2 + length + 1;
        return true;
    }

    /// <summary><c>127.0.0.1:6379</c>, <c>[::1]:6379</c>, <c>/path:0</c>: the form of CLIENT LIST.</summary>
    public override readonly string ToString() => Family == FamilyIPv6 ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    [InlineArray(SizeMax)]
    internal struct Storage
    {
        private byte _first;
    }
}
