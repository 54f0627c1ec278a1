using System.Buffers;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.HyperLogLog;

/// <summary>A HyperLogLog of the keyspace, open for change. Sparse registers become dense when they have to.</summary>
internal ref struct HyperLogLogWriter
{
    private readonly long _sparseMax;
    private WriteRecord _record;
    private Span<byte> _value;

    /// <param name="record">The string.</param>
    /// <param name="length">Its length.</param>
    /// <param name="sparseMax">Bytes that one with sparse registers may grow to.</param>
    public HyperLogLogWriter(WriteRecord record, int length, long sparseMax)
    {
        _record = record;
        _value = _record.Resize(length);
        _record.Encoding = ValueEncoding.Raw;
        _sparseMax = sparseMax;
    }

    /// <summary>Raises a register to a rank.</summary>
    /// <param name="register">Which one.</param>
    /// <param name="rank">To which rank.</param>
    /// <param name="changed">Whether it was lower.</param>
    /// <returns>False when the registers are corrupt.</returns>
    public bool TryRaise(int register, int rank, out bool changed)
    {
        var place = default(SparsePlace);
        return TryRaise(register, rank, ref place, out changed);
    }

    /// <summary>Sets all registers to these of one byte each, of which none is lower than its own.</summary>
    /// <returns>False when the registers are corrupt.</returns>
    public bool TryRaiseAll(ReadOnlySpan<byte> registers)
    {
        if (HyperLogLogBytes.IsDense(_value))
        {
            HyperLogLogDense.Write(registers, _value[HyperLogLogBytes.HeaderSize..]);
            return true;
        }

        // One register after the other: what the opcodes look like depends on the way, and it has to be Redis' way.
        var place = default(SparsePlace);
        for (var i = 0; i < registers.Length; i++)
        {
            if (registers[i] > 0 && !TryRaise(i, registers[i], ref place, out _)) return false;
        }

        return true;
    }

    /// <summary>Makes sparse registers dense; false when they are corrupt.</summary>
    public bool TryMakeDense()
    {
        if (HyperLogLogBytes.IsDense(_value)) return true;
        var dense = ArrayPool<byte>.Shared.Rent(HyperLogLogBytes.DenseSize);
        var isGood = HyperLogLogBytes.TryMakeDense(_value, dense);
        if (isGood)
        {
            _value = _record.Resize(HyperLogLogBytes.DenseSize);
            dense.AsSpan(0, HyperLogLogBytes.DenseSize).CopyTo(_value);
        }

        ArrayPool<byte>.Shared.Return(dense);
        return isGood;
    }

    /// <summary>The count has to be computed again.</summary>
    public readonly void MarkChanged() => HyperLogLogBytes.MarkChanged(_value);

    /// <summary>Keeps the count of the registers as they are.</summary>
    public readonly void SetCount(long count) => HyperLogLogBytes.SetCount(_value, count);

    private bool TryRaise(int register, int rank, ref SparsePlace place, out bool changed)
    {
        changed = false;
        if (!HyperLogLogBytes.IsDense(_value))
        {
            var opcodes = _value[HyperLogLogBytes.HeaderSize..];
            switch (HyperLogLogSparse.Plan(opcodes, register, rank, _sparseMax - HyperLogLogBytes.HeaderSize, ref place, out var edit))
            {
                case SparseOutcome.Unchanged:
                    return true;
                case SparseOutcome.Edit:
                    Apply(edit);
                    return changed = true;
                case SparseOutcome.Corrupt:
                    return false;
            }

            if (!TryMakeDense()) return false;
        }

        changed = HyperLogLogDense.Raise(_value[HyperLogLogBytes.HeaderSize..], register, rank);
        return true;
    }

    private void Apply(in SparseEdit edit)
    {
        var length = _value.Length - HyperLogLogBytes.HeaderSize;
        if (edit.Growth > 0) _value = _record.Resize(_value.Length + edit.Growth, mayGrowMore: true);
        length = HyperLogLogSparse.Apply(_value[HyperLogLogBytes.HeaderSize..], length, edit);
        if (HyperLogLogBytes.HeaderSize + length != _value.Length) _value = _record.Resize(HyperLogLogBytes.HeaderSize + length, mayGrowMore: true);
        MarkChanged();
    }
}
