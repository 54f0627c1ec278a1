using System.Runtime.InteropServices;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Replication.Log;

namespace Redouble.Engine.Execution;

/// <summary>
/// Commands that wait for the end of their unit, one after the other in native blocks: their number and length are the client's to choose. Each is one or
/// more pieces. What is long and lies in a request that stays until then is not copied. A block is given back as soon as what is in it has gone into the log,
/// and is the log's next one: so all that is copied here has its room there.
/// <code>
/// block | head | *5 $3 SET … PXAT … | head | *4 $7 RESTORE … $40000000 | head | place of the payload | head | CRLF | free |
///         └ a command ────────────┘   └ one of three pieces: the first head knows what it is, the others that it goes on ┘
/// </code>
/// </summary>
internal sealed class StagedEffects(BlockPool blocks)
{
    /// <summary>Bytes from which text is better referred to than copied.</summary>
    public const int ReferredMin = 1024;

    private const int PieceRoomMin = 64; // two heads and a place
    private const int HeaderMax = 13;    // '$' or '*', ten digits of an int, CRLF
    private const int BlocksRetained = 64;

    private static readonly int HeadBytes = Marshal.SizeOf<Head>();
    private static readonly int PlaceBytes = Marshal.SizeOf<NativeBytes>();

    private readonly List<Block> _blocks = [];
    private Block _block;      // the last one
    private Block _firstBlock; // where the command that is being written begins
    private int _firstAt;
    private int _pieceAt;
    private int _released; // blocks that have been given back

    /// <summary>Commands.</summary>
    public int Count { get; private set; }

    /// <summary>What the commands are, all together.</summary>
    public EffectTraits Traits { get; private set; }

    /// <summary>Bytes of all of them, a block more or less.</summary>
    public long Bytes => ((long)_blocks.Count * BlockPool.StandardCapacity) + ReferredBytes;

    /// <summary>Of that, bytes that are elsewhere: the log is still to get memory for them.</summary>
    public long ReferredBytes { get; private set; }

    /// <summary>Begins a command.</summary>
    public void Begin()
    {
        if (_block.IsNone || _block.Capacity - _block.Length < PieceRoomMin) AddBlock();
        (_firstBlock, _firstAt) = (_block, _block.Length);
        BeginPiece();
    }

    /// <summary>Adds <c>*</c> and the count of words.</summary>
    public void Header(int words)
    {
        var free = _block.Free;
        if (free.Length < HeaderMax)
        {
            AddBlockAndPiece();
            free = _block.Free;
        }

        _block.Resize(_block.Length + Format(free, (byte)'*', words));
    }

    /// <summary>Adds a word that is copied.</summary>
    public void Word(ReadOnlySpan<byte> word)
    {
        var free = _block.Free;
        if (free.Length - HeaderMax - 2 < word.Length)
        {
            WordAcrossBlocks(word);
            return;
        }

        var start = Format(free, (byte)'$', word.Length);
        word.CopyTo(free[start..]);
        var end = start + word.Length;
        free[end] = (byte)'\r';
        free[end + 1] = (byte)'\n';
        _block.Resize(_block.Length + end + 2);
    }

    /// <summary>Adds a word that stays where it is until the end of the unit.</summary>
    public void Refer(NativeBytes word)
    {
        WordHeader(word.Length);
        EndPiece(EffectTraits.GoesOn);
        ReferPiece(new Head(Head.IsPlace, 0, default, EffectTraits.GoesOn), word);
        if (_block.Capacity - _block.Length < PieceRoomMin) AddBlock();
        BeginPiece();
        Raw("\r\n"u8);
    }

    /// <summary>Ends the command.</summary>
    public void End(int database, AppendKind kind, EffectTraits traits)
    {
        Note(traits);
        if (_firstAt == _pieceAt && _firstBlock == _block)
        {
            Write(_block, _pieceAt, new Head(_block.Length - _pieceAt - HeadBytes, database, kind, traits));
            return;
        }

        EndPiece(EffectTraits.None);
        var first = MemoryMarshal.Read<Head>(_firstBlock.Data[_firstAt..]);
        Write(_firstBlock, _firstAt, first with { Database = database, Kind = kind, Traits = traits | EffectTraits.GoesOn });
    }

    /// <summary>Adds a whole command, which is copied if it is short, and else stays where it is until the end of the unit.</summary>
    public void Add(int database, NativeBytes request, AppendKind kind, EffectTraits traits)
    {
        if (request.Length < ReferredMin)
        {
            Begin();
            Raw(request.Span);
            End(database, kind, traits);
            return;
        }

        Note(traits);
        ReferPiece(new Head(Head.IsPlace, database, kind, traits), request);
    }

    /// <summary>The first piece, or the one behind a place, which is then its own; false when there is none.</summary>
    /// <param name="place">Where to look; the default is the beginning.</param>
    /// <param name="piece">The piece.</param>
    public bool TryTake(ref Place place, out Piece piece)
    {
        piece = default;
        if (place.Block < _blocks.Count && place.Offset == _blocks[place.Block].Length) place = new Place(place.Block + 1, 0);
        if (place.Block >= _blocks.Count) return false;
        var block = _blocks[place.Block];
        var head = MemoryMarshal.Read<Head>(block.Written[place.Offset..]);
        var start = place.Offset + HeadBytes;
        var isPlace = head.Length == Head.IsPlace;
        var length = isPlace ? PlaceBytes : head.Length;
        var bytes = block.Written.Slice(start, length);
        piece = new Piece(head.Database, isPlace ? MemoryMarshal.Read<NativeBytes>(bytes).Span : bytes, head.Kind, head.Traits);
        place = place with { Offset = start + length };
        return true;
    }

    /// <summary>Gives back the blocks in front of the one that a place is in.</summary>
    public void Release(Place place)
    {
        for (; _released < place.Block; _released++) blocks.Release(_blocks[_released]);
    }

    /// <summary>Forgets all, and gives the memory back.</summary>
    public void Clear()
    {
        Release(new Place(_blocks.Count, 0));
        _released = 0;
        _blocks.Clear();
        if (_blocks.Capacity > BlocksRetained) _blocks.Capacity = BlocksRetained;
        _block = _firstBlock = Block.None;
        Count = 0;
        ReferredBytes = 0;
        Traits = EffectTraits.None;
    }

    private void Note(EffectTraits traits)
    {
        Count++;
        Traits |= traits;
    }

    private void WordAcrossBlocks(ReadOnlySpan<byte> word)
    {
        WordHeader(word.Length);
        Raw(word);
        Raw("\r\n"u8);
    }

    private void WordHeader(int length)
    {
        Span<byte> header = stackalloc byte[HeaderMax];
        Raw(header[..Format(header, (byte)'$', length)]);
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var free = _block.Free;
            if (free.IsEmpty)
            {
                AddBlockAndPiece();
                continue;
            }

            var part = bytes[..Math.Min(free.Length, bytes.Length)];
            part.CopyTo(free);
            _block.Resize(_block.Length + part.Length);
            bytes = bytes[part.Length..];
        }
    }

    private void AddBlockAndPiece()
    {
        EndPiece(EffectTraits.GoesOn);
        AddBlock();
        BeginPiece();
    }

    private void BeginPiece()
    {
        _pieceAt = _block.Length;
        _block.Resize(_pieceAt + HeadBytes);
    }

    private void EndPiece(EffectTraits traits) => Write(_block, _pieceAt, new Head(_block.Length - _pieceAt - HeadBytes, 0, default, traits));

    private void ReferPiece(in Head head, NativeBytes bytes)
    {
        if (_block.IsNone || _block.Capacity - _block.Length < PieceRoomMin) AddBlock();
        var at = _block.Length;
        _block.Resize(at + HeadBytes + PlaceBytes);
        Write(_block, at, head);
        MemoryMarshal.Write(_block.Data[(at + HeadBytes)..], bytes);
        ReferredBytes += bytes.Length;
    }

    private void AddBlock()
    {
        _block = blocks.Rent();
        _blocks.Add(_block);
    }

    private static void Write(Block block, int at, in Head head) => MemoryMarshal.Write(block.Data[at..], head);

    private static int Format(Span<byte> to, byte sign, int number)
    {
        to[0] = sign;
        var length = 1 + Integers.Format(number, to[1..]);
        to[length] = (byte)'\r';
        to[length + 1] = (byte)'\n';
        return length + 2;
    }

    /// <summary>Where the next piece is.</summary>
    /// <param name="Block">Number of the block.</param>
    /// <param name="Offset">In its data.</param>
    public readonly record struct Place(int Block, int Offset);

    /// <summary>A piece of a command.</summary>
    /// <param name="database">The command's; of the first piece only, as is all that follows but <see cref="IsLast"/>.</param>
    /// <param name="bytes">The text, until what is staged is cleared.</param>
    /// <param name="kind">What the command is to the log.</param>
    /// <param name="traits">What it is otherwise.</param>
    public readonly ref struct Piece(int database, ReadOnlySpan<byte> bytes, AppendKind kind, EffectTraits traits)
    {
        public int Database => database;

        public ReadOnlySpan<byte> Bytes { get; } = bytes;

        public AppendKind Kind => kind;

        public EffectTraits Traits => traits;

        public bool IsLast => (traits & EffectTraits.GoesOn) == 0;
    }

    private readonly record struct Head(int Length, int Database, AppendKind Kind, EffectTraits Traits)
    {
        public const int IsPlace = -1; // in place of the length: the text is elsewhere
    }
}

/// <summary>What there is to know of a staged command.</summary>
[Flags]
internal enum EffectTraits : byte
{
    None = 0,

    /// <summary>Of a piece: another one follows.</summary>
    GoesOn = 1,

    /// <summary>Alone, it is a unit of field expiry (<see cref="FieldExpiryUnits"/>).</summary>
    FieldExpiry = 2,

    /// <summary>A transaction with it is one.</summary>
    FieldExpiryInTransaction = 4,
}
