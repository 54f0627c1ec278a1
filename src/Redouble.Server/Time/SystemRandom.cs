using System.Buffers.Binary;
using System.Security.Cryptography;
using Redouble.Core.Platform;

namespace Redouble.Server.Time;

/// <summary>Random numbers of the operating system, drawn in batches.</summary>
public sealed class SystemRandom : IRandomSource
{
    private readonly byte[] _drawn = new byte[1024];
    private int _used = 1024;

    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        if (_used == _drawn.Length)
        {
            RandomNumberGenerator.Fill(_drawn);
            _used = 0;
        }

        var value = BinaryPrimitives.ReadUInt64LittleEndian(_drawn.AsSpan(_used));
        _used += sizeof(ulong);
        return value;
    }
}
