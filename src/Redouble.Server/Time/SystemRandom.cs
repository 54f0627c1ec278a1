using System.Buffers.Binary;
using Redouble.Core.Platform;
using Redouble.Server.Polling;

namespace Redouble.Server.Time;

/// <summary>
/// Random numbers of the operating system, drawn in batches. Asked of the kernel directly: the base library's generator would load OpenSSL for it,
/// 4 MB and some milliseconds of every start.
/// </summary>
public sealed class SystemRandom : IRandomSource
{
    private readonly byte[] _drawn = new byte[ProcessCalls.RandomMax];
    private int _used = ProcessCalls.RandomMax;

    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        if (_used == _drawn.Length)
        {
            if (!ProcessCalls.TryFillRandom(_drawn)) throw new InvalidOperationException("The kernel gives no random numbers (getentropy).");
            _used = 0;
        }

        var value = BinaryPrimitives.ReadUInt64LittleEndian(_drawn.AsSpan(_used));
        _used += sizeof(ulong);
        return value;
    }
}
