using Redouble.Core.Checksums;

namespace Redouble.Persistence.Rdb;

/// <summary>Limits of the readers.</summary>
public static class RdbReader
{
    /// <summary>Longest string that is delivered in one call, bytes; longer ones come in pieces.</summary>
    public const int WholeValueMax = 64 * 1024;
}

/// <summary>
/// Reads an RDB that arrives in pieces of any size, from a file or a socket, and delivers it to a target: the one reader for files, full
/// syncs and the base of an AOF. It parses in place; only an atom (an opcode's operand, a length, a whole small string, an element) that is cut by the
/// end of a piece is put together in a buffer, which grows with the bytes that arrive and never with a length that is announced.
/// <code>
/// Magic ──► Opcode ──► Operand ──► Opcode            auxiliary fields, database, expiry …
///             │  ▲ ▲
///             │  │ └── Walk ◄────────────┐            values that are passed over
///             ├──┼───► Key ──► Value ────┘
///             │  └───────────────┤
///             │  ├── Pieces ◄────┤                    strings of more than 64 KB
///             │  └── Collection ◄┘                    by RdbValueReader
///             └──► Checksum ──► done
/// </code>
/// Versions 1 to 12 are read, and any later one as long as it uses nothing unknown. Errors are values; after one the reader stays failed.
/// Feed it 16 to 64 KB at a time: the checksum then runs over bytes that are still in the cache. Used by one thread at a time.
/// </summary>
public sealed partial class RdbReader<TTarget>
    where TTarget : IRdbTarget
{
    private enum State
    {
        Magic,
        Opcode,
        Operand,
        Key,
        Value,
        Collection,
        Pieces,
        LzfPieces,
        Walk,
        Checksum,
    }

    private const int ChecksumVersionMin = 5;

    // Later ones are read too, as far as they use what is known.
    private const int KnownVersionMax = 12;
    private const int KnownValkeyVersionMax = 80;

    private readonly RdbReaderOptions _options;
    private readonly RdbScratch _broken = new();
    private TTarget _target;
    private State _state;
    private RdbReadStatus _status;
    private RdbError? _error;

    // Bytes that the atom at hand needs in all, as far as known; never more than it has.
    private int _needed = 1;
    private ulong _checksum;
    private bool _checksumClosed;
    private int _version;
    private RdbFlavor _flavor;

    public RdbReader(TTarget target, RdbReaderOptions options)
    {
        _target = target;
        _options = options;
    }

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>Where in the RDB the item begins that the target is being told of.</summary>
    public long ItemPosition { get; private set; }

    /// <summary>Where in the RDB the opcode or type stands that was met last; 0 before the first one.</summary>
    public long OpcodePosition { get; private set; }

    /// <summary>Format version of the header; 0 before it was read.</summary>
    public int Version => _version;

    /// <summary>Whose magic the header has.</summary>
    public RdbFlavor Flavor => _flavor;

    /// <summary>Why the read failed.</summary>
    public RdbError? Error => _error;

    /// <summary>The target with what it gathered.</summary>
    public ref TTarget Target => ref _target;

    /// <summary>The key whose value was being read when the read failed; false when it was something else.</summary>
    public bool TryGetKey(out ReadOnlySpan<byte> key)
    {
        key = _name.Written;
        return _state is State.Value or State.Collection or State.Pieces or State.LzfPieces;
    }

    /// <summary>Reads the next bytes.</summary>
    /// <param name="consumed">Bytes taken: all, unless the RDB ends or fails among them.</param>
    public RdbReadStatus Feed(ReadOnlySpan<byte> input, out int consumed)
    {
        var at = 0;
        while (_status == RdbReadStatus.NeedMore && at < input.Length)
        {
            if (_broken.Length > 0)
            {
                at += MendBrokenAtom(input[at..], at);
                continue;
            }

            at += Run(input[at..], Position + at);
            if (_state == State.Checksum && !_checksumClosed)
            {
                CloseChecksum(input[..at]);
            }
            else if (_status == RdbReadStatus.NeedMore && at < input.Length)
            {
                _broken.Append(input[at..]);
                at = input.Length;
            }
        }

        if (!_checksumClosed && _options.VerifyChecksum) _checksum = Crc64.Append(_checksum, input[..at]);
        Position += at;
        consumed = at;
        return _status;
    }

    /// <summary>No more bytes will come: when the RDB is not complete, that is a short read.</summary>
    public RdbReadStatus Finish()
    {
        if (_status == RdbReadStatus.NeedMore)
        {
            Fail(RdbErrorKind.ShortRead, "Unexpected EOF reading RDB file");
            _error = _error! with { Offset = Position };
        }

        return _status;
    }

    // Adds to the broken atom no byte beyond what it needs, so that it is used up completely and parsing goes on in the input.
    private int MendBrokenAtom(ReadOnlySpan<byte> input, int at)
    {
        var count = Math.Min(_needed - _broken.Length, input.Length);
        _broken.Append(input[..count]);
        if (_broken.Length < _needed) return count;
        var used = Run(_broken.Written, Position + at + count - _broken.Length);
        if (used == 0) return count;
        if (used != _broken.Length && _status == RdbReadStatus.NeedMore) throw new InvalidOperationException("A broken atom was given more bytes than it has.");
        _broken.Clear();
        return count;
    }

    // Parses all complete atoms of the data and returns their length.
    private int Run(ReadOnlySpan<byte> data, long position)
    {
        var at = 0;
        while (_status == RdbReadStatus.NeedMore)
        {
            var rest = data[at..];
            ItemPosition = position + at;
            if (_state == State.Opcode) OpcodePosition = ItemPosition;
            var used = _state switch
            {
                State.Opcode => ReadOpcode(rest),
                State.Key => ReadKey(rest),
                State.Value => ReadValue(rest, Key(_name.Written)),
                State.Collection => ReadCollection(rest, Key(_name.Written)),
                State.Pieces => ReadPiece(rest),
                State.LzfPieces => ReadLzfPiece(rest),
                State.Walk => Walk(rest),
                State.Operand => ReadOperand(rest),
                State.Magic => ReadMagic(rest),
                _ => ReadChecksum(rest),
            };
            if (used < 0) break;
            at += used;
        }

        if (_status == RdbReadStatus.Failed) _error = _error! with { Offset = position + at };
        return at;
    }

    private int ReadMagic(ReadOnlySpan<byte> data)
    {
        if (data.Length < 9) return Need(9);
        var digits = data.StartsWith("REDIS"u8) ? data[5..9] : data.StartsWith("VALKEY"u8) ? data[6..9] : default;
        if (digits.IsEmpty) return Fail(RdbErrorKind.WrongSignature, "Wrong signature trying to load DB from file");
        foreach (var digit in digits) _version = (uint)(digit - '0') <= 9 && _version >= 0 ? (_version * 10) + (digit - '0') : -1;
        if (_version < 1)
            return Fail(RdbErrorKind.WrongVersion, $"Can't handle RDB format version {RdbText.Printable(digits)}");
        _flavor = digits.Length == 4 ? RdbFlavor.Redis : RdbFlavor.Valkey;
        _state = State.Opcode;
        return _target.OnHeader(_flavor, _version) ? 9 : Refuse();
    }

    // Everything up to here is covered by the checksum, and the eight bytes that follow are it.
    private void CloseChecksum(ReadOnlySpan<byte> covered)
    {
        if (_options.VerifyChecksum) _checksum = Crc64.Append(_checksum, covered);
        _checksumClosed = true;
        if (_version >= ChecksumVersionMin) return;
        _status = RdbReadStatus.Done;
        if (!_target.OnEnd(0)) Refuse();
    }

    private int ReadChecksum(ReadOnlySpan<byte> data)
    {
        if (!_checksumClosed) return -1;
        if (data.Length < 8) return Need(8);
        var expected = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(data);
        if (_options.VerifyChecksum && expected != 0 && expected != _checksum)
            return Fail(RdbErrorKind.WrongChecksum, $"Wrong RDB checksum expected: ({_checksum:x}) but got ({expected:x}). Aborting now.");
        _status = RdbReadStatus.Done;
        if (!_target.OnEnd(expected)) Refuse();
        return 8;
    }

    private int Need(int bytes)
    {
        _needed = bytes;
        return -1;
    }

    private int Fail(RdbErrorKind kind, string text)
    {
        // Whatever it stumbled over: that the file is of a version from the future is what its owner has to know first.
        if (_version > (_flavor == RdbFlavor.Valkey ? KnownValkeyVersionMax : KnownVersionMax)) text = $"Can't handle RDB format version {_version}: {text}";
        _status = RdbReadStatus.Failed;
        _error = new RdbError(kind, text, Position);
        return -1;
    }

    private int Refuse() => Fail(RdbErrorKind.Refused, "The data was refused by the server that loads it");
}
