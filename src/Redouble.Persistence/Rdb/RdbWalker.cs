namespace Redouble.Persistence.Rdb;

/// <summary>
/// Walks over one value of any known layout without building it, from pieces of any size. Its memory is a stack of counted loops, at
/// most one per nesting level, whatever the counts say:
/// <code>
/// shape:   Loop  String  Loop  Fixed16  EndLoop  EndLoop  End
///           │              └ frame 1: start, times left
///           └ frame 0: start, times left
/// </code>
/// Only length codes must stand whole in the input; bytes of strings and fixed fields are passed over as they come.
/// </summary>
internal sealed class RdbWalker
{
    private const int DepthMax = 4;

    private readonly int[] _starts = new int[DepthMax];
    private readonly ulong[] _left = new ulong[DepthMax];
    private RdbTypeInfo? _type;
    private int _step;
    private int _depth;
    private long _skip;

    // A module's value holds tagged fields: the step of the field whose tag was read, before its bytes.
    private RdbShape _field;

    /// <summary>Begins a value of <paramref name="type"/>, whose shape is known.</summary>
    public void Begin(RdbTypeInfo type)
    {
        _type = type;
        _step = 0;
        _depth = 0;
        _skip = 0;
        _field = RdbShape.End;
    }

    /// <summary>Walks until the value ends (Read), the bytes do (Cut), or the layout is broken (Bad).</summary>
    /// <param name="consumed">Bytes of <paramref name="source"/> that were walked over.</param>
    /// <param name="needed">When cut: the bytes needed from there to get further.</param>
    public RdbAtom Run(ReadOnlySpan<byte> source, out int consumed, out int needed)
    {
        consumed = 0;
        needed = 1;
        var shape = _type!.Shape;
        while (true)
        {
            if (_skip > 0)
            {
                var count = (int)Math.Min(_skip, source.Length - consumed);
                consumed += count;
                _skip -= count;
                if (_skip > 0) return RdbAtom.Cut;
            }

            var step = _field != RdbShape.End ? _field : shape[_step];
            if (step == RdbShape.End) return RdbAtom.Read;
            var atom = step switch
            {
                RdbShape.EndLoop => EndLoop(out needed),
                RdbShape.Loop => BeginLoop(shape, source[consumed..], out needed),
                RdbShape.ModuleValues => ReadModuleTag(source[consumed..], out needed),
                _ => ReadField(step, source[consumed..], out needed),
            };
            if (atom != RdbAtom.Read) return atom;
            consumed += needed;
        }
    }

    private RdbAtom ReadField(RdbShape step, ReadOnlySpan<byte> source, out int size)
    {
        var atom = RdbAtom.Read;
        size = 0;
        switch (step)
        {
            case RdbShape.Length:
                atom = RdbLength.TryRead(source, out _, out size);
                break;
            case RdbShape.Bytes:
                atom = RdbStringHeader.TryRead(source, out var header, out size);
                _skip = atom == RdbAtom.Read ? header.StoredLength : 0;
                break;
            case RdbShape.TextDouble:
                size = 1;
                if (source.IsEmpty) return RdbAtom.Cut;
                _skip = source[0] < 253 ? source[0] : 0;
                break;
            case RdbShape.Fixed4:
                _skip = 4;
                break;
            case RdbShape.Fixed8:
                _skip = 8;
                break;
            default:
                _skip = 16;
                break;
        }

        if (atom != RdbAtom.Read) return atom;
        if (_field != RdbShape.End) _field = RdbShape.End;
        else _step++;
        return RdbAtom.Read;
    }

    private RdbAtom BeginLoop(ReadOnlySpan<RdbShape> shape, ReadOnlySpan<byte> source, out int size)
    {
        var atom = RdbLength.TryRead(source, out var count, out size);
        if (atom != RdbAtom.Read) return atom;
        _step++;
        if (count > 0)
        {
            _starts[_depth] = _step;
            _left[_depth++] = count;
            return RdbAtom.Read;
        }

        for (var open = 1; open > 0; _step++)
        {
            if (shape[_step] == RdbShape.Loop) open++;
            else if (shape[_step] == RdbShape.EndLoop) open--;
        }

        return RdbAtom.Read;
    }

    private RdbAtom EndLoop(out int size)
    {
        size = 0;
        if (--_left[_depth - 1] > 0)
        {
            _step = _starts[_depth - 1];
        }
        else
        {
            _depth--;
            _step++;
        }

        return RdbAtom.Read;
    }

    // Tags: 0 end, 1 signed and 2 unsigned integer (as length codes), 3 float, 4 double, 5 string.
    private RdbAtom ReadModuleTag(ReadOnlySpan<byte> source, out int size)
    {
        var atom = RdbLength.TryRead(source, out var tag, out size);
        if (atom != RdbAtom.Read) return atom;
        if (tag > 5) return RdbAtom.Bad;
        if (tag == 0) _step++;
        else _field = tag switch { 1 or 2 => RdbShape.Length, 3 => RdbShape.Fixed4, 4 => RdbShape.Fixed8, _ => RdbShape.Bytes };
        return RdbAtom.Read;
    }
}
