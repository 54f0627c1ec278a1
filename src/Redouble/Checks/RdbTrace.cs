using Redouble.Persistence.Rdb;

namespace Redouble.Checks;

/// <summary>
/// Reads the item of an RDB that a check has stumbled over once more, in the steps in which redis-check-rdb reads it: what it does at the end, and where
/// the step begins that finds too few bytes.
/// <code>
///   fc 00e8…    0f   01 6b   0b  0b 00 …          a key with an expiry, and a listpack that is cut
///   └ another   │    │       │   └ Position: its 11 bytes are one step, and they are not all there
///     item      │    │       └ read-object-value: the length of a string
///               │    └ read-key: length, name
///               └ read-type
/// </code>
/// </summary>
internal sealed class RdbTrace
{
    // As Redis names them; it has another name for some of ours.
    private static readonly string[] TypeNames =
    [
        "string", "list-linked", "set-hashtable", "zset-v1", "hash-hashtable", "zset-v2", "module-pre-release", "module-value", "", "hash-zipmap",
        "list-ziplist", "set-intset", "zset-ziplist", "hash-ziplist", "quicklist", "stream", "hash-listpack", "zset-listpack", "quicklist-v2",
        "stream-v2", "set-listpack", "stream-v3", "hash-hashtable-md-pre-release", "hash-listpack-md-pre-release", "hash-hashtable-md", "hash-listpack-md",
    ];

    private readonly CheckedFile _file;

    private RdbTrace(CheckedFile file) => _file = file;

    /// <summary>What it did last.</summary>
    public string Doing { get; private set; } = "read-type";

    /// <summary>The type of the key or value that it did it with.</summary>
    public RdbType? Type { get; private set; }

    /// <summary>Where in the file it was.</summary>
    public long Position => _file.Position;

    /// <summary>Traces the item at the position of the file.</summary>
    public static RdbTrace Of(CheckedFile file, RdbFlavor flavor)
    {
        var trace = new RdbTrace(file);
        trace.Item(flavor);
        return trace;
    }

    /// <summary>The type as redis-check-rdb names it.</summary>
    public static string NameOf(RdbType type) => (int)type < TypeNames.Length ? TypeNames[(int)type] : "unknown";

    private bool Item(RdbFlavor flavor)
    {
        if (!TryByte(out var code)) return false;
        return code switch
        {
            RdbOpcodes.ExpireTime => Does("read-expire") && Skip(4),
            RdbOpcodes.ExpireTimeMs => Does("read-expire") && Skip(8),
            RdbOpcodes.Frequency => Skip(1),
            RdbOpcodes.Idle => TryLength(out _),
            RdbOpcodes.Eof => Does("check-sum") && Skip(8),
            RdbOpcodes.SelectDb => Does("read-len") && TryLength(out _),
            RdbOpcodes.ResizeDb => Does("read-len") && TryLength(out _) && TryLength(out _),
            RdbOpcodes.SlotInfo => Does("read-len") && TryLength(out _) && TryLength(out _) && TryLength(out _),
            RdbOpcodes.Aux => Does("read-aux") && Text() && Text(),
            RdbOpcodes.Function2 => Does("read-functions") && Text(),
            RdbOpcodes.ModuleAux => Does("read-module-aux") && TryLength(out _) && ModuleValues(),
            _ => RdbTypes.Find(code, flavor) is { } info && Record(info),
        };
    }

    private bool Record(RdbTypeInfo info)
    {
        Type = info.Type;
        var step = 0;
        return Does("read-key") && Text() && Does("read-object-value") && Steps(info.Shape, ref step);
    }

    // Up to the end of the shape, or of the loop that it is in.
    private bool Steps(ReadOnlySpan<RdbShape> shape, ref int step)
    {
        for (; step < shape.Length && shape[step] is not (RdbShape.End or RdbShape.EndLoop); step++)
        {
            var isThere = shape[step] switch
            {
                RdbShape.Length => TryLength(out _),
                RdbShape.Bytes => Text(),
                RdbShape.Fixed4 => Skip(4),
                RdbShape.Fixed8 => Skip(8),
                RdbShape.Fixed16 => Skip(16),
                RdbShape.TextDouble => TryByte(out var length) && (length >= 253 || Skip(length)),
                RdbShape.ModuleValues => ModuleValues(),
                _ => Loop(shape, ref step),
            };
            if (!isThere) return false;
        }

        return true;
    }

    private bool Loop(ReadOnlySpan<RdbShape> shape, ref int step)
    {
        if (!TryLength(out var count)) return false;
        var begin = step + 1;
        for (var left = count; left > 0; left--)
        {
            step = begin;
            if (!Steps(shape, ref step)) return false;
        }

        for (var open = count == 0 ? 1 : 0; open > 0;)
        {
            step++;
            if (shape[step] == RdbShape.Loop) open++;
            else if (shape[step] == RdbShape.EndLoop) open--;
        }

        return true;
    }

    private bool ModuleValues()
    {
        while (TryLength(out var tag))
        {
            if (tag == 0) return true;
            var isThere = tag switch
            {
                1 or 2 => TryLength(out _),
                3 => Skip(4),
                4 => Skip(8),
                _ => Text(),
            };
            if (!isThere) break;
        }

        return false;
    }

    // An integer, compressed bytes behind two lengths, or as many bytes as a length says.
    private bool Text()
    {
        var first = _file.Peek();
        if (first < 0xc0) return TryLength(out var length) && Skip(length);
        Skip(1);
        return (first & 0x3f) switch
        {
            0 => Skip(1),
            1 => Skip(2),
            2 => Skip(4),
            _ => TryLength(out var compressed) && TryLength(out _) && Skip(compressed),
        };
    }

    // Its first byte is a step, and the rest of it another one.
    private bool TryLength(out ulong length)
    {
        length = 0;
        if (!TryByte(out var first)) return false;
        var more = first switch { < 0x40 => 0, < 0x80 => 1, 0x80 => 4, 0x81 => 8, _ => -1 };
        if (more < 0 || _file.Length - _file.Position < more) return false;
        length = first < 0x80 ? (ulong)(first & 0x3f) : 0;
        for (; more > 0; more--)
        {
            TryByte(out var next);
            length = (length << 8) | next;
        }

        return true;
    }

    private bool TryByte(out byte value)
    {
        var next = _file.Peek();
        value = (byte)next;
        if (next >= 0) _file.Take(1);
        return next >= 0;
    }

    private bool Skip(ulong count)
    {
        if (count > (ulong)(_file.Length - _file.Position)) return false;
        _file.Seek(_file.Position + (long)count);
        return true;
    }

    private bool Does(string what)
    {
        Doing = what;
        return true;
    }
}
