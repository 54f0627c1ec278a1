using System.Buffers.Binary;
using Redouble.Core.Platform;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.HyperLogLog;

/// <summary>What PFSELFTEST does: dense registers against bytes, then ten million elements, whose count is looked at at every power of ten.</summary>
/// <param name="random">Where its random numbers come from.</param>
/// <param name="sparseMax">Bytes that sparse registers may take, header included.</param>
internal sealed class HyperLogLogSelfTest(IRandomSource random, long sparseMax)
{
    private const int RegisterRounds = 1000;
    private const long Elements = 10_000_000;

    private readonly byte[] _dense = new byte[HyperLogLogBytes.DenseSize]; // without a header, whose zeros say dense
    private byte[] _value = new byte[HyperLogLogBytes.EmptySize]; // sparse as long as it can be

    /// <summary>Runs it; null, or what is wrong.</summary>
    public string? Run() => TestRegisters() ?? TestElements();

    private string? TestRegisters()
    {
        var dense = new byte[HyperLogLogDense.Size];
        var expected = new byte[HyperLogLogBytes.RegisterCount];
        var actual = new byte[HyperLogLogBytes.RegisterCount];
        for (var round = 0; round < RegisterRounds; round++)
        {
            dense.AsSpan().Clear();
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] = (byte)(random.NextUInt64() & 63);
                HyperLogLogDense.Raise(dense, i, expected[i]);
            }

            actual.AsSpan().Clear();
            HyperLogLogDense.Merge(dense, actual);
            for (var i = 0; i < expected.Length; i++)
            {
                if (HyperLogLogDense.Get(dense, i) == expected[i] && actual[i] == expected[i]) continue;
                return $"Register {i} should be {expected[i]} but is {HyperLogLogDense.Get(dense, i)}";
            }
        }

        return null;
    }

    private string? TestElements()
    {
        var relativeError = 1.04 / Math.Sqrt(HyperLogLogBytes.RegisterCount);
        var seed = random.NextUInt64();
        var element = new byte[sizeof(ulong)];
        HyperLogLogBytes.WriteEmpty(_value);
        long checkpoint = 1;
        for (long n = 1; n <= Elements; n++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(element, (ulong)n ^ seed);
            var (register, rank) = HyperLogLogBytes.Locate(element);
            HyperLogLogDense.Raise(_dense.AsSpan(HyperLogLogBytes.HeaderSize), register, rank);
            Raise(register, rank);
            if (n != checkpoint) continue;
            checkpoint *= 10;
            if (n < sparseMax / 2 && HyperLogLogBytes.IsDense(_value)) return "sparse encoding not used";
            HyperLogLogBytes.TryCount(_dense, out var count);
            if (!HyperLogLogBytes.TryCount(_value, out var other) || other != count) return "dense/sparse disagree";

            // Six standard errors; two of ten elements in one register are likely enough to be met.
            var errorMax = n == 10 ? 1 : (long)Math.Ceiling(relativeError * 6 * n);
            if (Math.Abs(n - count) > errorMax) return $"Too big error. card:{n} abserr:{Math.Abs(n - count)}";
        }

        return null;
    }

    private void Raise(int register, int rank)
    {
        var registers = _value.AsSpan(HyperLogLogBytes.HeaderSize);
        if (HyperLogLogBytes.IsDense(_value))
        {
            HyperLogLogDense.Raise(registers, register, rank);
            return;
        }

        var place = default(SparsePlace);
        switch (HyperLogLogSparse.Plan(registers, register, rank, sparseMax - HyperLogLogBytes.HeaderSize, ref place, out var edit))
        {
            case SparseOutcome.Edit:
                var room = new byte[_value.Length + Math.Max(0, edit.Growth)];
                _value.CopyTo(room, 0);
                var length = HyperLogLogSparse.Apply(room.AsSpan(HyperLogLogBytes.HeaderSize), registers.Length, edit);
                _value = room[..(HyperLogLogBytes.HeaderSize + length)];
                break;
            case SparseOutcome.NeedsDense:
                var dense = new byte[HyperLogLogBytes.DenseSize];
                HyperLogLogBytes.TryMakeDense(_value, dense);
                _value = dense;
                Raise(register, rank);
                break;
        }
    }
}
