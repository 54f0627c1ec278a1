using System.Buffers.Binary;
using Redouble.Core.Compression;

namespace Redouble.Persistence.Rdb;

/// <content>The parts of an RDB between its header and its checksum. Each Read method takes one atom and returns its size, or -1.</content>
public sealed partial class RdbReader<TTarget>
{
    private static readonly RdbTypeInfo SlotInfo = new(RdbType.String, "slot info", null, RdbShape.Length, RdbShape.Length, RdbShape.Length, RdbShape.End);
    private static readonly RdbTypeInfo ModuleAux = new(RdbType.Module2, "module aux", null, RdbShape.Length, RdbShape.ModuleValues, RdbShape.End);

    private readonly RdbScratch _name = new();
    private readonly RdbScratch _decodedName = new();
    private readonly RdbScratch _decodedValue = new();
    private readonly RdbWalker _walker = new();
    private readonly RdbValueReader<TTarget> _values = new();
    private LzfStream? _lzf;
    private byte _opcode;
    private bool _hasFirstOperand;
    private ulong _firstOperand;
    private RdbTypeInfo? _type;
    private long _expiryMs = -1;
    private long _idleSeconds = -1;
    private int _frequency = -1;
    private long _bytesLeft;

    private RdbKey Key(ReadOnlySpan<byte> name) => new(name) { ExpiryMs = _expiryMs, IdleSeconds = _idleSeconds, Frequency = _frequency };

    private int ReadOpcode(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return Need(1);
        _opcode = data[0];
        if (_opcode < RdbOpcodes.SlotImport)
        {
            _type = RdbTypes.Find(_opcode, _flavor);
            if (_type == null)
                return Fail(RdbErrorKind.UnknownType, $"Unknown RDB encoding type {_opcode} (the file has format version {_version})");
            _state = State.Key;
            return 1;
        }

        switch (_opcode)
        {
            case RdbOpcodes.Eof:
                _state = State.Checksum;
                break;
            case RdbOpcodes.SlotInfo:
                BeginWalk(SlotInfo);
                break;
            case RdbOpcodes.ModuleAux:
                BeginWalk(ModuleAux);
                break;
            case RdbOpcodes.FunctionPreRelease:
                return Fail(RdbErrorKind.Unsupported, "Pre-release function format not supported.");
            case RdbOpcodes.SlotImport:
                var name = _flavor == RdbFlavor.Valkey ? "slot import" : "key metadata";
                return Fail(RdbErrorKind.Unsupported, $"the RDB holds '{name}' ({_opcode}), which this version cannot load");
            default:
                _hasFirstOperand = false;
                _state = State.Operand;
                break;
        }

        return 1;
    }

    private int ReadOperand(ReadOnlySpan<byte> data)
    {
        switch (_opcode)
        {
            case RdbOpcodes.ExpireTimeMs:
                if (data.Length < 8) return Need(8);
                _expiryMs = NotBeforeEpoch(BinaryPrimitives.ReadInt64LittleEndian(data));
                return EndOperand(8, true);
            case RdbOpcodes.ExpireTime:
                if (data.Length < 4) return Need(4);
                _expiryMs = NotBeforeEpoch(BinaryPrimitives.ReadInt32LittleEndian(data) * 1000L);
                return EndOperand(4, true);
            case RdbOpcodes.Frequency:
                if (data.IsEmpty) return Need(1);
                _frequency = data[0];
                return EndOperand(1, true);
            case RdbOpcodes.Aux:
            case RdbOpcodes.Function2:
                return ReadTextOperand(data);
            default:
                return ReadNumberOperand(data);
        }
    }

    // As in Redis, -1 says that there is none, and a time before 1970 is one that has come.
    private static long NotBeforeEpoch(long ms) => ms == -1 ? -1 : Math.Max(0, ms);

    private int ReadTextOperand(ReadOnlySpan<byte> data)
    {
        var atom = RdbStrings.TryRead(data, _decodedValue, out var text, out var size);
        if (atom != RdbAtom.Read) return Stop(atom, size, RdbErrorKind.BadString);
        if (_opcode == RdbOpcodes.Function2) return EndOperand(size, _target.OnFunction(text));
        if (_hasFirstOperand) return EndOperand(size, _target.OnAux(_name.Written, text));
        _name.Set(text);
        _hasFirstOperand = true;
        return size;
    }

    private int ReadNumberOperand(ReadOnlySpan<byte> data)
    {
        var atom = RdbLength.TryRead(data, out var number, out var size);
        if (atom != RdbAtom.Read) return Stop(atom, size, RdbErrorKind.BadLength);
        switch (_opcode)
        {
            case RdbOpcodes.Idle:
                _idleSeconds = (long)Math.Min(number, long.MaxValue);
                return EndOperand(size, true);
            case RdbOpcodes.SelectDb:
                if (number > int.MaxValue) return Stop(RdbAtom.Bad, size, RdbErrorKind.BadLength);
                return EndOperand(size, _target.OnSelectDb((int)number));
            default: // ResizeDb
                if (_hasFirstOperand) return EndOperand(size, _target.OnResizeDb(_firstOperand, number));
                _firstOperand = number;
                _hasFirstOperand = true;
                return size;
        }
    }

    private int EndOperand(int size, bool accepted)
    {
        if (!accepted) return Refuse();
        _state = State.Opcode;
        return size;
    }

    // The value is read in the same go where it is at hand, so the key needs no copy.
    private int ReadKey(ReadOnlySpan<byte> data)
    {
        var atom = RdbStrings.TryRead(data, _decodedName, out var name, out var size);
        if (atom != RdbAtom.Read) return Stop(atom, size, RdbErrorKind.BadString);
        _state = State.Value;
        var used = ReadValue(data[size..], Key(name));
        if (_state is State.Value or State.Collection or State.Pieces or State.LzfPieces) _name.Set(name);
        return used >= 0 ? size + used : size;
    }

    private int ReadValue(ReadOnlySpan<byte> data, in RdbKey key)
    {
        if (_options.Mode == RdbReadMode.Scan) return ScanValue(key);
        if (!_type!.IsLoadable) return Fail(RdbErrorKind.Unsupported, UnsupportedText(_type, key.Name));
        if (_type.Type == RdbType.String) return ReadString(data, key);
        if (_type.IsSingleString) return ReadRun(data, key);
        _values.Begin(_type);
        _state = State.Collection;
        return ReadCollection(data, key);
    }

    private int ReadRun(ReadOnlySpan<byte> data, in RdbKey key)
    {
        var step = _values.ReadRun(_type!, data, key, ref _target, out var size);
        return step.Progress == RdbProgress.Done ? EndRecord(size) : End(step, step.Progress is RdbProgress.Empty ? size : 0, size, key);
    }

    private int ReadCollection(ReadOnlySpan<byte> data, in RdbKey key)
    {
        var step = _values.Run(data, key, ref _target, out var used, out var needed);
        return End(step, used, needed, key);
    }

    private int End(in RdbStep step, int used, int needed, in RdbKey key)
    {
        switch (step.Progress)
        {
            case RdbProgress.Cut:
                return used > 0 ? used : Need(needed); // after a part, the rest says it again
            case RdbProgress.Done:
                return EndRecord(used);
            case RdbProgress.Empty:
                return _target.OnEmptyKey(key) ? EndRecord(used) : Refuse();
            case RdbProgress.Refused:
                Refuse();
                return used;
            default:
                if (step.Problem != null) Fail(RdbErrorKind.BadValue, step.Problem);
                else Stop(RdbAtom.Bad, 0, RdbErrorKind.BadValue);
                return used;
        }
    }

    private int ReadString(ReadOnlySpan<byte> data, in RdbKey key)
    {
        var atom = RdbStringHeader.TryRead(data, out var header, out var size);
        if (atom != RdbAtom.Read) return Stop(atom, size, RdbErrorKind.BadString);
        if (header.Length > RdbReader.WholeValueMax) return BeginPieces(key, header, size);

        var total = size + header.StoredLength;
        if (total > data.Length) return total > WholeStoredMax ? Stop(RdbAtom.Bad, size, RdbErrorKind.BadString) : Need((int)total);
        if (!RdbStrings.TryDecode(header, data[size..(int)total], _decodedValue, out var value))
            return Stop(RdbAtom.Bad, size, RdbErrorKind.BadString);
        return _target.OnString(key, value) ? EndRecord((int)total) : Refuse();
    }

    // Compressed bytes for at most 64 KB of text: literals take 33 bytes for 32, copies less; more is no output of any encoder.
    private const int WholeStoredMax = RdbReader.WholeValueMax * 2;

    private int BeginPieces(in RdbKey key, in RdbStringHeader header, int size)
    {
        if (!_target.BeginString(key, header.Length)) return Refuse();
        _bytesLeft = header.StoredLength;
        _state = header.Form == RdbStringForm.Lzf ? State.LzfPieces : State.Pieces;
        if (_state == State.LzfPieces)
        {
            _lzf ??= new LzfStream();
            _lzf.Begin(header.Length);
        }

        return size;
    }

    private int ReadPiece(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return Need(1);
        var count = (int)Math.Min(data.Length, _bytesLeft);
        if (!_target.AppendString(data[..count])) return Refuse();
        _bytesLeft -= count;
        if (_bytesLeft > 0) return count;
        return _target.EndString() ? EndRecord(count) : Refuse();
    }

    private int ReadLzfPiece(ReadOnlySpan<byte> data)
    {
        var available = data[..(int)Math.Min(data.Length, _bytesLeft)];
        if (available.IsEmpty) return Need(1);
        var ok = _lzf!.Decode(available, out var used, out var needed);
        if (used == 0) return !ok || needed > _bytesLeft ? Stop(RdbAtom.Bad, 0, RdbErrorKind.BadString) : Need(needed);
        _bytesLeft -= used;
        if (!_target.AppendString(_lzf.Piece)) return Refuse();
        if (_bytesLeft > 0) return used; // what is broken shows itself again, at its own offset
        if (_lzf.Remaining != 0) return Stop(RdbAtom.Bad, 0, RdbErrorKind.BadString);
        return _target.EndString() ? EndRecord(used) : Refuse();
    }

    private int ScanValue(in RdbKey key)
    {
        if (_type!.Shape.IsEmpty) return Fail(RdbErrorKind.Unsupported, UnsupportedText(_type, key.Name));
        if (!_target.OnScannedKey(key, _type)) return Refuse();
        BeginWalk(_type);
        return 0;
    }

    private void BeginWalk(RdbTypeInfo type)
    {
        _walker.Begin(type);
        _state = State.Walk;
    }

    private int Walk(ReadOnlySpan<byte> data)
    {
        var atom = _walker.Run(data, out var used, out var needed);
        if (atom != RdbAtom.Read) return used > 0 ? used : Stop(atom, needed, RdbErrorKind.BadValue); // after a part, the rest says it again
        return _opcode < RdbOpcodes.SlotImport ? EndRecord(used) : EndOperand(used, true);
    }

    private int EndRecord(int size)
    {
        _expiryMs = -1;
        _idleSeconds = -1;
        _frequency = -1;
        _name.Clear();
        _decodedName.Clear();
        _decodedValue.Clear();
        if (_state == State.Collection) _values.Clear();
        _state = State.Opcode;
        return size;
    }

    private int Stop(RdbAtom atom, int needed, RdbErrorKind kind)
    {
        if (atom == RdbAtom.Cut) return Need(needed);
        return Fail(kind, kind switch
        {
            RdbErrorKind.BadLength => "Bad length encoding in the RDB",
            RdbErrorKind.BadString => "Bad string encoding in the RDB",
            _ => $"Bad layout of a value of type '{_type?.Name}' in the RDB",
        });
    }

    internal static string UnsupportedText(RdbTypeInfo type, ReadOnlySpan<byte> key) =>
        $"the RDB holds a value of type '{type.Name}' ({(int)type.Type}) for key '{RdbText.Printable(key)}', which this version cannot load";
}
