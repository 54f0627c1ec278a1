using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

/// <summary>Sparse and dense registers against an array of bytes.</summary>
public sealed class HyperLogLogModelTests
{
    [Theory]
    [InlineData(1, 32)]
    [InlineData(2, 3)] // few ranks: many neighbours are joined
    [InlineData(3, 1)]
    public void Sparse_registers_keep_what_an_array_keeps(int seed, int rankMax)
    {
        var random = new Random(seed);
        var model = new byte[HyperLogLogBytes.RegisterCount];
        var sparse = new SparseValue();
        for (var step = 0; step < 6000; step++)
        {
            // Ends, neighbours of earlier ones, and anywhere.
            var register = random.Next(4) switch { 0 => random.Next(20), 1 => model.Length - 1 - random.Next(20), _ => random.Next(model.Length) };
            var rank = random.Next(1, rankMax + 1);
            var expected = rank > model[register] ? SparseOutcome.Edit : SparseOutcome.Unchanged;
            Assert.Equal(expected, sparse.Raise(register, rank, int.MaxValue));
            model[register] = Math.Max(model[register], (byte)rank);
            if (step % 100 != 0) continue;
            Assert.Equal(model, sparse.Registers());
            Assert.True(HyperLogLogBytes.TryCount(sparse.Bytes, out var count));
            Assert.Equal(HyperLogLogBytes.Count(model), count);
            var dense = new byte[HyperLogLogBytes.DenseSize];
            Assert.True(HyperLogLogBytes.TryMakeDense(sparse.Bytes, dense));
            Assert.True(HyperLogLogBytes.TryCount(dense, out count));
            Assert.Equal(HyperLogLogBytes.Count(model), count);
        }
    }

    [Fact]
    public void Dense_registers_keep_what_an_array_keeps()
    {
        var random = new Random(4);
        var model = new byte[HyperLogLogBytes.RegisterCount];
        var dense = new byte[HyperLogLogDense.Size];
        for (var step = 0; step < 100_000; step++)
        {
            var register = random.Next(10) == 0 ? model.Length - 1 : random.Next(model.Length);
            var rank = random.Next(64);
            Assert.Equal(rank > model[register], HyperLogLogDense.Raise(dense, register, rank));
            model[register] = Math.Max(model[register], (byte)rank);
            Assert.Equal(model[register], HyperLogLogDense.Get(dense, register));
        }

        for (var i = 0; i < model.Length; i++) Assert.Equal(model[i], HyperLogLogDense.Get(dense, i));
        var merged = new byte[model.Length];
        HyperLogLogDense.Merge(dense, merged);
        Assert.Equal(model, merged);
        var written = new byte[dense.Length];
        HyperLogLogDense.Write(model, written);
        Assert.Equal(dense, written);
        var histogram = new int[CardinalityEstimate.HistogramSize];
        HyperLogLogDense.AddTo(histogram, dense);
        for (var rank = 0; rank < 64; rank++) Assert.Equal(model.Count(m => m == rank), CardinalityEstimate.Total(histogram, rank));
    }

    [Fact]
    public void Merging_takes_the_higher_rank()
    {
        var random = new Random(5);
        var model = new byte[HyperLogLogBytes.RegisterCount];
        var registers = new byte[HyperLogLogBytes.RegisterCount];
        for (var i = 0; i < 6; i++)
        {
            var value = new SparseValue();
            for (var n = 0; n < 400; n++)
            {
                var (register, rank) = (random.Next(model.Length), random.Next(1, 33));
                value.Raise(register, rank, int.MaxValue);
                model[register] = Math.Max(model[register], (byte)rank);
            }

            var dense = new byte[HyperLogLogBytes.DenseSize];
            Assert.True(HyperLogLogBytes.TryMakeDense(value.Bytes, dense));
            Assert.True(HyperLogLogBytes.TryMerge(i % 2 == 0 ? value.Bytes : dense, registers));
            Assert.Equal(model, registers);
        }
    }

    [Fact]
    public void A_rank_or_a_length_beyond_the_sparse_ones_asks_for_dense_registers()
    {
        var value = new SparseValue();
        Assert.Equal(SparseOutcome.NeedsDense, value.Raise(5, HyperLogLogSparse.RankMax + 1, int.MaxValue));
        Assert.Equal(SparseOutcome.NeedsDense, value.Raise(5, 1, 3));
        Assert.Equal(SparseOutcome.Edit, value.Raise(0, 1, 3));
        Assert.Equal(3, value.Bytes.Length - HyperLogLogBytes.HeaderSize);
        Assert.Equal(SparseOutcome.Edit, value.Raise(0, 2, 3)); // no byte more
    }

    [Fact]
    public void Opcodes_that_end_too_early_are_corrupt()
    {
        byte[] opcodes = [0x7F, 0xFE]; // one register short
        Assert.Equal(SparseOutcome.Corrupt, Plan(opcodes, HyperLogLogBytes.RegisterCount - 1, out _));
        Assert.Equal(SparseOutcome.Edit, Plan(opcodes, HyperLogLogBytes.RegisterCount - 2, out _));
        Assert.Equal(SparseOutcome.Corrupt, Plan([], 0, out _));
        Assert.False(HyperLogLogSparse.TryMerge(opcodes, new byte[HyperLogLogBytes.RegisterCount]));
        Assert.False(HyperLogLogSparse.TryMerge([0x7F, 0xFF, 0x80], new byte[HyperLogLogBytes.RegisterCount]));
        Assert.False(HyperLogLogSparse.TryAddTo(new int[CardinalityEstimate.HistogramSize], [0x7F, 0xFF, 0x80]));
        Assert.Equal(((63 << 8) + 1, 0, 2), HyperLogLogSparse.Read([0x7F], 0));
    }

    /// <summary>Redis counts two bytes for it although there is one; seen when its bytes were compared with ours after a PFADD.</summary>
    [Fact]
    public void An_opcode_that_is_cut_off_is_edited_as_Redis_does()
    {
        byte[] opcodes = [0x80, 0x5A, 0, 0, 0];
        Assert.Equal(SparseOutcome.Edit, Plan(opcodes.AsSpan(0, 2), 5, out var edit));
        var length = HyperLogLogSparse.Apply(opcodes, 2, edit);
        Assert.Equal("80038059", Convert.ToHexString(opcodes, 0, length));
    }

    /// <summary>Ascending registers may go on where the last one was; the bytes are those of a search from the start.</summary>
    [Theory]
    [InlineData(6, 32)]
    [InlineData(7, 3)]
    [InlineData(8, 1)]
    public void Going_on_from_the_last_place_makes_the_same_bytes(int seed, int rankMax)
    {
        var random = new Random(seed);
        var searched = new SparseValue();
        var continued = new SparseValue();
        for (var pass = 0; pass < 5; pass++)
        {
            var place = default(SparsePlace);
            for (var register = 0; register < HyperLogLogBytes.RegisterCount; register += random.Next(3) == 0 ? random.Next(1, 3) : random.Next(1, 150))
            {
                var rank = random.Next(1, rankMax + 1);
                Assert.Equal(searched.Raise(register, rank, int.MaxValue), continued.Raise(register, rank, int.MaxValue, ref place));
                Assert.Equal(searched.Bytes, continued.Bytes);
            }
        }
    }

    private static SparseOutcome Plan(ReadOnlySpan<byte> opcodes, int register, out SparseEdit edit)
    {
        var place = default(SparsePlace);
        return HyperLogLogSparse.Plan(opcodes, register, 1, 100, ref place, out edit);
    }

    /// <summary>Bytes with a header, as large as they have to be.</summary>
    private sealed class SparseValue
    {
        public byte[] Bytes { get; private set; } = Empty();

        public SparseOutcome Raise(int register, int rank, int lengthMax)
        {
            var place = default(SparsePlace);
            return Raise(register, rank, lengthMax, ref place);
        }

        public SparseOutcome Raise(int register, int rank, int lengthMax, ref SparsePlace place)
        {
            var opcodes = Bytes.AsSpan(HyperLogLogBytes.HeaderSize);
            var outcome = HyperLogLogSparse.Plan(opcodes, register, rank, lengthMax, ref place, out var edit);
            if (outcome != SparseOutcome.Edit) return outcome;
            Assert.InRange(edit.Growth, -1, 3);
            var room = new byte[Bytes.Length + Math.Max(0, edit.Growth)];
            Bytes.CopyTo(room, 0);
            var length = HyperLogLogSparse.Apply(room.AsSpan(HyperLogLogBytes.HeaderSize), opcodes.Length, edit);
            Bytes = room[..(HyperLogLogBytes.HeaderSize + length)];
            return outcome;
        }

        public byte[] Registers()
        {
            var registers = new byte[HyperLogLogBytes.RegisterCount];
            Assert.True(HyperLogLogBytes.TryMerge(Bytes, registers));
            return registers;
        }

        private static byte[] Empty()
        {
            var bytes = new byte[HyperLogLogBytes.EmptySize];
            HyperLogLogBytes.WriteEmpty(bytes);
            return bytes;
        }
    }
}
