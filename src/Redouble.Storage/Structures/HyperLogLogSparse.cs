using System.Buffers.Binary;

namespace Redouble.Storage.Structures;

/// <summary>What <see cref="HyperLogLogSparse.Plan"/> has found.</summary>
public enum SparseOutcome
{
    /// <summary>The register has that rank or a higher one.</summary>
    Unchanged,

    /// <summary>The opcodes have to be edited.</summary>
    Edit,

    /// <summary>Sparse registers cannot hold the rank, or would become too long.</summary>
    NeedsDense,

    /// <summary>The opcodes end before the register.</summary>
    Corrupt,
}

/// <summary>
/// Registers as runs of equal ranks, one opcode after the other:
/// <code>
/// ZERO    00llllll            l+1 registers, 1 to 64, of rank 0
/// XZERO   01llllll llllllll   l+1 registers, 1 to 16384, of rank 0
/// VAL     1vvvvvll            l+1 registers, 1 to 4, of rank v+1, 1 to 32
/// </code>
/// Good ones add up to 16,384 registers. An edit replaces one opcode by up to three: what is left of its run before the register, the register, what is left
/// behind; then equal VAL neighbours are joined, no further than Redis joins them, because the bytes shall be the same.
/// </summary>
public static class HyperLogLogSparse
{
    /// <summary>Bytes of registers that are all 0.</summary>
    public const int EmptySize = 2;

    /// <summary>Highest rank they can hold.</summary>
    public const int RankMax = 32;

    /// <summary>The lowest opcode of an XZERO.</summary>
    public const byte ExtendedZero = 0x40;

    private const byte Value = 0x80;
    private const int ZeroRunMax = 64;
    private const int ValueRunMax = 4;

    /// <summary>Opcodes that are looked at for neighbours to join, from the one before the edit.</summary>
    private const int JoinScan = 5;

    /// <summary>Writes registers that are all 0.</summary>
    public static void WriteEmpty(Span<byte> opcodes) => Append(opcodes, 0, 0, HyperLogLogBytes.RegisterCount);

    /// <summary>
    /// Reads the opcode at a place: how many registers, of which rank (0 for none), in how many bytes. One that is cut off counts as if a 0 followed.
    /// </summary>
    public static (int Run, int Rank, int Size) Read(ReadOnlySpan<byte> opcodes, int at)
    {
        int opcode = opcodes[at];
        if (opcode >= Value) return ((opcode & 3) + 1, (opcode >> 2 & 31) + 1, 1);
        if (opcode < ExtendedZero) return (opcode + 1, 0, 1);
        return (((opcode & 63) << 8 | (at + 1 < opcodes.Length ? opcodes[at + 1] : 0)) + 1, 0, 2);
    }

    /// <summary>Counts the registers of each rank; false when the opcodes do not add up.</summary>
    public static bool TryAddTo(Span<int> histogram, ReadOnlySpan<byte> opcodes)
    {
        long registers = 0;
        for (var at = 0; at < opcodes.Length;)
        {
            var (run, rank, size) = Read(opcodes, at);
            CardinalityEstimate.Count(histogram, rank, run);
            registers += run;
            at += size;
        }

        return registers == HyperLogLogBytes.RegisterCount;
    }

    /// <summary>Raises registers of one byte each to these; false when the opcodes do not add up, and some are raised then.</summary>
    public static bool TryMerge(ReadOnlySpan<byte> opcodes, Span<byte> registers)
    {
        var register = 0L;
        for (var at = 0; at < opcodes.Length;)
        {
            var (run, rank, size) = Read(opcodes, at);
            if (rank > 0)
            {
                if (register + run > HyperLogLogBytes.RegisterCount) return false;
                foreach (ref var current in registers.Slice((int)register, run)) current = Math.Max(current, (byte)rank);
            }

            register += run;
            at += size;
        }

        return register == HyperLogLogBytes.RegisterCount;
    }

    /// <summary>Finds out what it takes to raise a register to a rank.</summary>
    /// <param name="opcodes">The registers.</param>
    /// <param name="register">Which one.</param>
    /// <param name="rank">To which rank.</param>
    /// <param name="lengthMax">Bytes the opcodes may grow to.</param>
    /// <param name="place">Where to start: default, or where the last call for a lower register has left it, its edit carried out.</param>
    /// <param name="edit">The edit, for <see cref="Apply"/>.</param>
    public static SparseOutcome Plan(ReadOnlySpan<byte> opcodes, int register, int rank, long lengthMax, ref SparsePlace place, out SparseEdit edit)
    {
        edit = default;
        if (rank > RankMax) return SparseOutcome.NeedsDense;
        var here = place;
        while (here.At < opcodes.Length)
        {
            var (run, current, size) = Read(opcodes, here.At);
            if (register < here.First + run)
            {
                if (current >= rank) return SparseOutcome.Unchanged;
                edit = Split(here.At, size, current, (int)(register - here.First), rank, (int)(here.First + run - 1 - register));
                edit.JoinFrom = here.Previous;
                return edit.Growth > 0 && opcodes.Length + edit.Growth > lengthMax ? SparseOutcome.NeedsDense : SparseOutcome.Edit;
            }

            // The opcode before the edited one begins where it did, with the same register, whatever is joined to it.
            place = here;
            here = new SparsePlace { At = here.At + size, First = here.First + run, Previous = here.At };
        }

        return SparseOutcome.Corrupt;
    }

    /// <summary>Carries an edit out and returns the new length of the opcodes.</summary>
    /// <param name="room">The opcodes, with room for <see cref="SparseEdit.Growth"/> more bytes if that is positive.</param>
    /// <param name="length">Bytes of the opcodes so far.</param>
    /// <param name="edit">What <see cref="Plan"/> has found for them.</param>
    public static int Apply(Span<byte> room, int length, in SparseEdit edit)
    {
        var end = length + edit.Growth;
        if (edit.At + edit.Removed < length) room[(edit.At + edit.Removed)..length].CopyTo(room[(edit.At + edit.Added)..]);
        Span<byte> added = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(added, edit.Opcodes);

        // An opcode that was cut off takes the last byte of its replacement with it: so do Redis' bytes.
        added[..Math.Min(edit.Added, end - edit.At)].CopyTo(room[edit.At..]);
        return Join(room, end, edit.JoinFrom);
    }

    private static SparseEdit Split(int at, int size, int current, int before, int rank, int after)
    {
        Span<byte> opcodes = stackalloc byte[sizeof(ulong)];
        opcodes.Clear();
        var length = Append(opcodes, 0, current, before);
        length = Append(opcodes, length, rank, 1);
        length = Append(opcodes, length, current, after);
        return new SparseEdit { At = at, Removed = size, Added = length, Opcodes = BinaryPrimitives.ReadUInt64LittleEndian(opcodes) };
    }

    private static int Append(Span<byte> opcodes, int at, int rank, int run)
    {
        if (run == 0) return at;
        if (rank > 0) opcodes[at++] = ValueOpcode(rank, run);
        else if (run <= ZeroRunMax) opcodes[at++] = (byte)(run - 1);
        else (opcodes[at++], opcodes[at++]) = ((byte)(ExtendedZero | (run - 1) >> 8), (byte)(run - 1));
        return at;
    }

    private static int Join(Span<byte> opcodes, int length, int from)
    {
        var at = from;
        for (var scan = JoinScan; scan > 0 && at < length; scan--)
        {
            var (run, rank, size) = Read(opcodes[..length], at);
            if (rank > 0 && at + 1 < length && opcodes[at + 1] >= Value)
            {
                var (nextRun, nextRank, _) = Read(opcodes[..length], at + 1);
                if (rank == nextRank && run + nextRun <= ValueRunMax)
                {
                    // The joined run is looked at once more: its right neighbour may fit, too.
                    opcodes[at + 1] = ValueOpcode(rank, run + nextRun);
                    opcodes[(at + 1)..length].CopyTo(opcodes[at..]);
                    length--;
                    continue;
                }
            }

            at += size;
        }

        return length;
    }

    private static byte ValueOpcode(int rank, int run) => (byte)(Value | (rank - 1) << 2 | (run - 1));
}
