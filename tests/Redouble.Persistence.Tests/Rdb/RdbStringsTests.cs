using System.Buffers.Binary;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>How long a string may be that is put together in memory.</summary>
public sealed class RdbStringsTests
{
    // Found by reading: what is longer than 1 GiB was written, and refused when it was loaded.
    [Theory]
    [InlineData(1L << 30, true)]
    [InlineData((1L << 30) + 1, true)]
    [InlineData(0x7fff_ff00L, true)]
    [InlineData(0x7fff_ff01L, false)]
    [InlineData(0xffff_ffffL, false)]
    public void What_an_array_has_room_for_is_waited_for(long length, bool isTaken)
    {
        Span<byte> head = stackalloc byte[6];
        head[0] = 0x80;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)length);
        var atom = RdbStrings.TryRead(head, new RdbScratch(), out _, out var size);
        Assert.Equal(isTaken ? RdbAtom.Cut : RdbAtom.Bad, atom);
        if (isTaken) Assert.Equal(length + 5, size);
        Assert.InRange(RdbStrings.WholeMax + 10, 0, Array.MaxLength);
    }
}
