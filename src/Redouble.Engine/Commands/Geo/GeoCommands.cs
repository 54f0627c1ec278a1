using Redouble.Core.Text;
using Redouble.Engine.Commands.SortedSets;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Geo;

/// <summary>GEOADD, GEODIST, GEOHASH, GEOPOS. Places are members of a sorted set whose scores are their geohashes of 52 bits.</summary>
internal static class GeoCommands
{
    [Command("geoadd", Arity = -5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Geo, Keys = "RW update @1", Group = CommandGroup.Geo,
        Since = "3.2.0",
        Summary = "Adds places to a sorted set, which is created when there is none, or moves them.",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Syntax = "key [condition=(NX|XX)^6.2.0] [change=CH^6.2.0] data=(longitude:double latitude:double member)...",
        History = "6.2.0 Added the `CH`, `NX` and `XX` options.")]
    public static void GeoAdd(CommandContext c)
    {
        var options = ScoreOptions.None;
        var countsUpdates = false;
        var first = 2;
        for (; first < c.Count; first++)
        {
            if (c.Is(first, "nx"u8)) options |= ScoreOptions.OnlyNew;
            else if (c.Is(first, "xx"u8)) options |= ScoreOptions.OnlyExisting;
            else if (c.Is(first, "ch"u8)) countsUpdates = true;
            else break;
        }

        var words = c.Count - first;
        if (words == 0 || words % 3 != 0 || options == (ScoreOptions.OnlyNew | ScoreOptions.OnlyExisting))
        {
            c.SyntaxError();
            return;
        }

        for (var i = first; i < c.Count; i += 3)
        {
            if (!GeoArguments.TryPosition(c, i, out _)) return;
        }

        var places = new Places(c, first, words / 3);
        if (ScoreAddition.Run(c, places, options, countsUpdates)) Propagate(c, places, first);
    }

    [Command("geodist", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1", Group = CommandGroup.Geo, Since = "3.2.0",
        Summary = "Returns the distance between two places.", Complexity = "O(log(N))", Syntax = "key member1 member2 [unit=(M|KM|FT|MI)]")]
    public static void GeoDist(CommandContext c)
    {
        var unitMeters = 1.0;
        if (c.Count > 5)
        {
            c.SyntaxError();
            return;
        }

        if (c.Count == 5 && !GeoArguments.TryUnit(c, 4, out unitMeters)) return;
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        if (set.TryGetScore(c[2], out var from) && set.TryGetScore(c[3], out var to))
        {
            GeoArguments.ReplyDistance(c, GeoShape.Distance(GeoCell.OfScore(from).Area.Middle, GeoCell.OfScore(to).Area.Middle) / unitMeters);
        }
        else
        {
            c.Reply.Null();
        }
    }

    [Command("geohash", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1", Group = CommandGroup.Geo, Since = "3.2.0",
        Summary = "Returns the geohashes of places as text.",
        Complexity = "O(log(N)) for each member requested, where N is the number of elements in the sorted set.", Syntax = "key [member...]")]
    public static void GeoHash(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            if (set.TryGetScore(c[i], out var score)) ReplyHash(c, GeoCell.OfScore(score).Area.Middle);
            else c.Reply.Null();
        }
    }

    [Command("geopos", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1", Group = CommandGroup.Geo, Since = "3.2.0",
        Summary = "Returns the longitudes and latitudes of places.", Complexity = "O(N) where N is the number of members requested.",
        Syntax = "key [member...]")]
    public static void GeoPos(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            if (set.TryGetScore(c[i], out var score)) GeoArguments.ReplyPosition(c, GeoCell.OfScore(score).Area.Middle);
            else c.Reply.NullArray();
        }
    }

    // The usual geohash has latitudes to 90 degrees, so the place is coded anew: ten letters of 5 bits, and one for bits that there are none of.
    private static void ReplyHash(CommandContext c, GeoPosition position)
    {
        const int letters = 11, bitsPerLetter = 5, bits = 2 * GeoCell.StepMax;
        var hash = GeoCell.Of(position, GeoCell.StepMax, latitudeMax: 90).Bits;
        Span<byte> text = stackalloc byte[letters];
        for (var i = 0; i < letters - 1; i++) text[i] = "0123456789bcdefghjkmnpqrstuvwxyz"u8[(int)(hash >> (bits - ((i + 1) * bitsPerLetter))) & 31];
        text[letters - 1] = (byte)'0';
        c.Reply.Bulk(text);
    }

    // Replicas get the ZADD that it comes to.
    private static void Propagate(CommandContext c, Places places, int first)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(first + (places.Count * 2));
        c.Propagation.Argument("zadd"u8);
        for (var i = 1; i < first; i++) c.Propagation.Argument(c[i]);
        for (var i = 0; i < places.Count; i++)
        {
            c.Propagation.Argument((long)places.Score(i));
            c.Propagation.Argument(places.Member(i));
        }

        c.Propagation.End(c.Session.Database);
    }

    private readonly struct Places(CommandContext c, int first, int count) : IScoredMembers
    {
        public int Count => count;

        public double Score(int index)
        {
            var at = first + (index * 3);
            if (Doubles.TryParse(c[at], out var longitude) && Doubles.TryParse(c[at + 1], out var latitude))
            {
                return GeoCell.Of(new GeoPosition(longitude, latitude), GeoCell.StepMax).ScoreMin;
            }

            throw new InvalidOperationException("A place that was read can not be read again.");
        }

        public ReadOnlySpan<byte> Member(int index) => c[first + (index * 3) + 2];
    }
}
