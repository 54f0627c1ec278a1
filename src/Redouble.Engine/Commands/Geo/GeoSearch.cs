using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Geo;

/// <summary>What distinguishes the commands that search places.</summary>
[Flags]
internal enum GeoSearchForm
{
    None = 0,

    /// <summary>GEORADIUS: position, radius and unit are arguments 2 to 5.</summary>
    AroundPosition = 1,

    /// <summary>GEORADIUSBYMEMBER: member, radius and unit are arguments 2 to 4.</summary>
    AroundMember = 2,

    /// <summary>GEOSEARCH: options say where.</summary>
    Search = 4,

    /// <summary>An option may name a key for the result.</summary>
    MayStore = 8,

    /// <summary>The first key is where the result goes.</summary>
    Stores = 16,
}

/// <summary>A search for places: its arguments, and its result in one of its forms.</summary>
internal ref struct GeoSearch
{
    private readonly CommandContext _c;
    private readonly GeoSearchForm _form;
    private readonly SortedSetReader _set;
    private readonly bool _isMissing;
    private GeoShape _shape;
    private bool _isFromMember;
    private bool _isFromPosition;
    private bool _hasShape;
    private bool _withDistance;
    private bool _withHash;
    private bool _withPosition;
    private bool _any;
    private bool? _farthestFirst;
    private long _count;
    private int _storeKey;
    private bool _storesDistance;
    private bool _failed;

    private GeoSearch(CommandContext c, GeoSearchForm form, SortedSetReader set, bool isMissing)
    {
        _c = c;
        _form = form;
        _set = set;
        _isMissing = isMissing;
        _storeKey = (form & GeoSearchForm.Stores) != 0 ? 1 : 0;
    }

    private readonly bool IsSearch => (_form & GeoSearchForm.Search) != 0;

    private readonly bool Stores => (_form & GeoSearchForm.Stores) != 0;

    /// <summary>Runs the command.</summary>
    public static void Run(CommandContext c, GeoSearchForm form)
    {
        var source = (form & GeoSearchForm.Stores) != 0 ? 2 : 1;
        if (!Lookups.TryRead(c, source, ValueType.SortedSet, out var record)) return;
        var search = new GeoSearch(c, form, new SortedSetReader(c.Keyspace, record), record.IsMissing);
        if (!search.TryParseFixed(source + 1, out var options) || !search.TryParseOptions(options) || !search.IsAllowed()) return;
        if (!record.IsMissing)
        {
            search.Find();
            return;
        }

        if (search._storeKey > 0)
        {
            KeyOutcomes.StoreNothing(c, search._storeKey);
            c.Reply.Integer(0);
        }
        else
        {
            c.Reply.ArrayHeader(0);
        }
    }

    private readonly void Find()
    {
        var points = GeoPoints.Find(_set, _shape, _any ? _count : 0);
        var wanted = _count > 0 ? (int)Math.Min(_count, points.Count) : points.Count;
        if (_farthestFirst is { } farthestFirst) points.Sort(farthestFirst, wanted);
        else if (_count > 0 && !_any) points.Sort(farthestFirst: false, wanted);
        var found = points.All[..wanted];
        if (_storeKey > 0) Store(found);
        else Reply(found);
        points.Dispose();
    }

    private readonly void Reply(ReadOnlySpan<GeoPoint> points)
    {
        var parts = 1 + (_withDistance ? 1 : 0) + (_withHash ? 1 : 0) + (_withPosition ? 1 : 0);
        _c.RepliesFirst = true;
        _c.Reply.ArrayHeader(points.Length);
        foreach (ref readonly var point in points)
        {
            if (parts > 1) _c.Reply.ArrayHeader(parts);
            _c.Reply.Bulk(_set.CursorAt(point.Rank).Member);
            if (_withDistance) GeoArguments.ReplyDistance(_c, point.Distance / _shape.UnitMeters);
            if (_withHash) _c.Reply.Integer((long)point.Score);
            if (_withPosition) GeoArguments.ReplyPosition(_c, point.Position);
        }
    }

    private readonly void Store(ReadOnlySpan<GeoPoint> points)
    {
        var builder = _c.Keyspace.Builder;
        builder.Begin(ValueType.SortedSet, points.Length);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        foreach (ref readonly var point in points)
        {
            builder.AddScore(_set.CursorAt(point.Rank).Member.Text(digits), _storesDistance ? point.Distance / _shape.UnitMeters : point.Score);
        }

        KeyOutcomes.Store(
            _c, _storeKey, builder, KeyspaceEvents.SortedSet, Stores ? "geosearchstore"u8 : "georadiusstore"u8, countsElements: true);
    }

    // What GEORADIUS has before its options. Where there is no set, its member and radius are not even looked at.
    private bool TryParseFixed(int first, out int options)
    {
        options = first;
        if (IsSearch) return true;
        if ((_form & GeoSearchForm.AroundPosition) != 0)
        {
            options = first + 4;
            return GeoArguments.TryPosition(_c, first, out _shape.Center) && GeoArguments.TryRadius(_c, first + 2, ref _shape);
        }

        options = first + 3;
        return _isMissing || (TryMember(first) && GeoArguments.TryRadius(_c, first + 1, ref _shape));
    }

    private bool TryMember(int index)
    {
        if (_set.TryGetScore(_c[index], out var score))
        {
            _shape.Center = GeoCell.OfScore(score).Area.Middle;
            return true;
        }

        _c.Reply.Error("ERR could not decode requested zset member"u8);
        return false;
    }

    private bool TryParseOptions(int first)
    {
        for (var i = first; i < _c.Count && !_failed; i++)
        {
            if (TryParseFlag(i)) continue;
            var words = TryParseCount(i);
            if (words == 0) words = IsSearch ? TryParseWhere(i) : TryParseStore(i);
            if (words == 0 && !_failed)
            {
                _c.SyntaxError();
                return false;
            }

            i += words;
        }

        return !_failed;
    }

    private bool TryParseFlag(int i)
    {
        if (_c.Is(i, "withdist"u8)) _withDistance = true;
        else if (_c.Is(i, "withhash"u8)) _withHash = true;
        else if (_c.Is(i, "withcoord"u8)) _withPosition = true;
        else if (_c.Is(i, "any"u8)) _any = true;
        else if (_c.Is(i, "asc"u8)) _farthestFirst = false;
        else if (_c.Is(i, "desc"u8)) _farthestFirst = true;
        else if (Stores && _c.Is(i, "storedist"u8)) _storesDistance = true;
        else return false;
        return true;
    }

    // These return how many words follow the option's own; 0 when it is another one. Where they reply with an error, the search has failed.
    private int TryParseCount(int i)
    {
        if (i + 1 >= _c.Count || !_c.Is(i, "count"u8)) return 0;
        if (!_c.TryInteger(i + 1, out _count)) return Fail();
        if (_count > 0) return 1;
        _c.Reply.Error("ERR COUNT must be > 0"u8);
        return Fail();
    }

    private int TryParseStore(int i)
    {
        if ((_form & GeoSearchForm.MayStore) == 0 || i + 1 >= _c.Count || !(_c.Is(i, "store"u8) || _c.Is(i, "storedist"u8))) return 0;
        _storeKey = i + 1;
        _storesDistance = !_c.Is(i, "store"u8);
        return 1;
    }

    private int TryParseWhere(int i)
    {
        var left = _c.Count - i - 1;
        if (left >= 1 && !_isFromPosition && _c.Is(i, "frommember"u8))
        {
            _isFromMember = true;
            return _isMissing || TryMember(i + 1) ? 1 : Fail();
        }

        if (left >= 2 && !_isFromMember && _c.Is(i, "fromlonlat"u8))
        {
            _isFromPosition = true;
            return GeoArguments.TryPosition(_c, i + 1, out _shape.Center) ? 2 : Fail();
        }

        if (left >= 2 && !(_hasShape && _shape.IsBox) && _c.Is(i, "byradius"u8))
        {
            _hasShape = true;
            return GeoArguments.TryRadius(_c, i + 1, ref _shape) ? 2 : Fail();
        }

        if (left >= 3 && !(_hasShape && !_shape.IsBox) && _c.Is(i, "bybox"u8))
        {
            _hasShape = true;
            return GeoArguments.TryBox(_c, i + 1, ref _shape) ? 3 : Fail();
        }

        return 0;
    }

    private int Fail()
    {
        _failed = true;
        return 0;
    }

    private readonly bool IsAllowed()
    {
        if (_storeKey > 0 && (_withDistance || _withHash || _withPosition))
        {
            _c.Reply.Error(Stores
                ? "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"u8
                : "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"u8);
            return false;
        }

        if (IsSearch && !_isFromMember && !_isFromPosition)
        {
            _c.Reply.Error($"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {_c.Shown(0)}");
            return false;
        }

        if (IsSearch && !_hasShape)
        {
            _c.Reply.Error($"ERR exactly one of BYRADIUS and BYBOX can be specified for {_c.Shown(0)}");
            return false;
        }

        if (!_any || _count > 0) return true;
        _c.Reply.Error("ERR the ANY argument requires COUNT argument"u8);
        return false;
    }
}
