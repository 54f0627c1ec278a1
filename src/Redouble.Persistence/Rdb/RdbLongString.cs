using Redouble.Core.Compression;
using Redouble.Core.Memory;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Writes a string record whose value arrives in pieces, in memory that is a fraction of its length. Compressed, a string has its compressed length in front,
/// so what the pieces come to is kept until the last one:
/// <code>
/// Begin ─► keeping ── last piece ─────────────────────────► owes: LZF head, what was kept
///             │ it does not pay, or is too much to keep ──► owes: length, what was kept, decompressed ─► straight: pieces are written as they come
/// </code>
/// Pieces are compressed each for itself: LZF does not tell where one ends. What is owed is written in steps, because it may be much more than the piece
/// it follows. Used by one thread.
/// </summary>
public sealed class RdbLongString(RdbWriter writer, bool compresses, int keptMin = RdbLongString.KeptMin)
{
    /// <summary>Most bytes that <see cref="WriteOwed"/> writes.</summary>
    public const int StepMax = 76 * 1024; // a piece that comes out of the decompressor

    /// <summary>Longest piece.</summary>
    public const int PieceMax = 32 * 1024;

    /// <summary>Compressed bytes that are kept of any string; of a long one an eighth of its length.</summary>
    public const int KeptMin = 8 << 20;

    private const int BlockBytes = 64 * 1024 - Block.HeaderSize; // a chunk of the heap, without anything over
    private const int SampleBytes = 64 * 1024;
    private const int SavingMin = 4;
    private const int RetainedMax = 1 << 20;

    private enum State
    {
        None,
        Keeping,
        Straight,
        OwesCompressed,
        OwesStraight,
    }

    private readonly RdbScratch _scratch = new();
    private readonly Queue<Block> _kept = new();
    private LzfCompressor? _compressor;
    private LzfStream? _decompressor;
    private BlockPool? _blocks;
    private Block _last; // of those kept, the one that is being filled
    private State _state;
    private long _length;
    private long _taken;
    private long _keptBytes;
    private int _at; // in the first block kept

    /// <summary>Whether <see cref="WriteOwed"/> has to be called before anything else is written.</summary>
    public bool Owes => _state is State.OwesCompressed or State.OwesStraight;

    /// <summary>Begins the record of a string of <paramref name="length"/> bytes.</summary>
    public void Begin(in RdbKey key, long length)
    {
        if (_state != State.None) throw new InvalidOperationException("A string begins before the one in front of it has ended.");
        writer.BeginRecord(key, RdbType.String);
        _length = length;
        _taken = _keptBytes = 0;
        _at = 0;
        _state = State.Keeping;
        if (compresses && length > 0) return;
        writer.BeginPieces(length);
        _state = length == 0 ? State.None : State.Straight;
    }

    /// <summary>The next bytes; at most <see cref="PieceMax"/>.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        _taken += piece.Length;
        if (_state == State.Straight) writer.WritePiece(piece);
        else if (_state == State.Keeping) Keep(piece);
        else throw new InvalidOperationException("A piece comes where none is due.");

        var isLast = _taken == _length;
        if (_state == State.Straight)
        {
            if (isLast) _state = State.None;
            return;
        }

        if (!PaysOff(isLast)) BeginOwed(State.OwesStraight);
        else if (isLast) BeginOwed(State.OwesCompressed);
    }

    /// <summary>Writes some of what is owed, at most <see cref="StepMax"/> bytes.</summary>
    public void WriteOwed()
    {
        var block = _kept.Peek();
        if (_state == State.OwesCompressed)
        {
            writer.WriteBytes(block.Written);
            _at = block.Length;
        }
        else
        {
            if (!_decompressor!.Decode(block.Written[_at..], out var consumed, out _)) throw new InvalidOperationException("What was compressed is not LZF.");
            writer.WritePiece(_decompressor.Piece);
            _at += consumed;
        }

        if (_at < block.Length) return;
        _at = 0;
        _blocks!.Release(_kept.Dequeue());
        if (_kept.Count > 0) return;
        if (_keptBytes > RetainedMax) FreeBlocks();
        _state = _state == State.OwesStraight && _taken < _length ? State.Straight : State.None;
    }

    /// <summary>Ends it, in the middle of a string or not; memory goes.</summary>
    public void Close()
    {
        _state = State.None;
        _kept.Clear();
        _last = Block.None;
        FreeBlocks();
    }

    private bool PaysOff(bool isLast)
    {
        if (isLast && _keptBytes > _length - SavingMin) return false;
        return (_taken < SampleBytes || _keptBytes <= _taken / 8 * 7) && _keptBytes <= Math.Max(keptMin, _length / 8);
    }

    private void BeginOwed(State state)
    {
        _last = Block.None;
        _state = state;
        if (state == State.OwesCompressed)
        {
            writer.WriteLzfHead(_keptBytes, _length);
            return;
        }

        writer.BeginPieces(_length);
        (_decompressor ??= new LzfStream()).Begin(_taken);
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        var room = _scratch.Take(piece.Length + (piece.Length / Lzf.LiteralsMax) + 1);
        var length = (_compressor ??= new LzfCompressor()).Compress(piece, room);
        if (length == 0)
        {
            // Too short for the compressor: one run of literals.
            if (piece.Length > Lzf.LiteralsMax) throw new InvalidOperationException("There was no room for a piece of any kind.");
            room[0] = (byte)(piece.Length - 1);
            piece.CopyTo(room[1..]);
            length = piece.Length + 1;
        }

        // An element of LZF does not cross blocks, so each of them can be decompressed by itself.
        if (_last.IsNone || _last.Capacity - _last.Length < length)
        {
            _last = (_blocks ??= new BlockPool(retainedBytesMax: 0)).RentExactly(BlockBytes);
            _kept.Enqueue(_last);
        }

        room[..length].CopyTo(_last.Free);
        _last.Length += length;
        _keptBytes += length;
    }

    private void FreeBlocks()
    {
        _blocks?.Dispose(); // with whatever is still rented
        _blocks = null;
    }
}
