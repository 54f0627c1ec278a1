using Redouble.Core.Memory;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Encodes into native blocks that the data thread has rented beforehand, since only the data thread may rent and release. It supplies
/// enough for the frames it hands over; filled blocks wait here until it takes them.
/// </summary>
internal sealed class BlockRdbOutput : RdbOutput
{
    private readonly Lock _lock = new();
    private readonly Queue<Block> _supply = new();
    private readonly List<Block> _filled = [];
    private Block _current;
    private int _covered;

    /// <summary>Data thread: blocks that wait to be filled.</summary>
    public int Supplied
    {
        get
        {
            lock (_lock) return _supply.Count;
        }
    }

    /// <summary>Data thread: an empty block of standard size, with the caller's reference.</summary>
    public void Supply(Block block)
    {
        lock (_lock) _supply.Enqueue(block);
    }

    /// <summary>Data thread: takes the filled blocks with their references; with <paramref name="all"/> the unfinished one too.</summary>
    public void TakeFilled(List<Block> into, bool all)
    {
        lock (_lock)
        {
            into.AddRange(_filled);
            _filled.Clear();
            if (!all || _current.IsNone) return;
            if (_current.Length > 0) into.Add(_current);
            else _supply.Enqueue(_current);
            _current = Block.None;
        }
    }

    /// <summary>Data thread: takes back a block that was not needed.</summary>
    public bool TryTakeBack(out Block block)
    {
        lock (_lock) return _supply.TryDequeue(out block);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int roomMin)
    {
        if (!_current.IsNone && _current.Capacity - _current.Length >= roomMin) return _current.Free;
        Cover();
        _covered = 0;
        lock (_lock)
        {
            if (!_current.IsNone) _filled.Add(_current);
            if (!_supply.TryDequeue(out _current)) throw new InvalidOperationException("The snapshot encoder was supplied with too few blocks.");
        }

        return _current.Free;
    }

    /// <inheritdoc/>
    public override void Advance(int count) => _current.Resize(_current.Length + count);

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> TakeUncovered()
    {
        if (_current.IsNone) return [];
        var from = _covered;
        _covered = _current.Length;
        return _current.Written[from..];
    }
}
