using Redouble.Engine.Commands.Table;
using Redouble.Generators.Model;

namespace Redouble.Generators.Rules;

/// <summary>
/// First key, last key and step: what clients from before key specs understand. One plain range is taken as it is; of several, those with step 1 that follow
/// each other directly are joined. Whatever is left out that way sets <c>movablekeys</c>. (Source: behaviour of COMMAND INFO in 7.0.15, checked against all
/// its commands.)
/// </summary>
internal readonly record struct LegacyRange(int First, int Last, int Step, bool MovableKeys)
{
    public static LegacyRange Of(EquatableArray<KeySpecModel> specs)
    {
        if (specs.Count == 0) return default;
        if (specs.Count == 1 && IsIndexRange(specs[0]))
            return new LegacyRange(specs[0].Position, AbsoluteLast(specs[0]), specs[0].Step, IsIncomplete(specs[0]));

        var (first, last, joined, movable) = (0, 0, false, false);
        foreach (var spec in specs)
        {
            if (!IsIndexRange(spec) || spec.Step != 1 || (joined && last != spec.Position - 1))
            {
                movable = true;
                continue;
            }

            movable |= IsIncomplete(spec);
            first = joined ? Math.Min(first, spec.Position) : spec.Position;
            // A last key counted from the end is further than any absolute one.
            last = joined && last < 0 ? last : AbsoluteLast(spec) is var absolute && (absolute < 0 || absolute > last) ? absolute : last;
            joined = true;
        }

        return joined ? new LegacyRange(first, last, 1, movable) : new LegacyRange(0, 0, 0, movable);
    }

    private static bool IsIndexRange(KeySpecModel spec) => spec is { Keyword: null, Find: FindKind.Range };

    private static bool IsIncomplete(KeySpecModel spec) => (spec.Flags & KeySpecFlags.Incomplete) != 0;

    private static int AbsoluteLast(KeySpecModel spec) => spec.LastKey >= 0 ? spec.Position + spec.LastKey : spec.LastKey;
}
