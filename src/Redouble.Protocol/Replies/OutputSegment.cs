using Redouble.Core.Memory;

namespace Redouble.Protocol.Replies;

/// <summary>A stretch of bytes to send: <see cref="Length"/> bytes from <see cref="Offset"/> on in the data of <see cref="Block"/>.</summary>
public readonly record struct OutputSegment(Block Block, int Offset, int Length)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => Block.Data.Slice(Offset, Length);

    /// <summary>Address of the first byte, for vectored system calls.</summary>
    public nint UnsafeAddress => Block.UnsafeAddress + Offset;
}
