using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.DirectiveFlags;

namespace Redouble.Engine.Configuration.Families;

/// <summary>The words that the family files declare directives with.</summary>
internal static class Declarations
{
    public const long IntMax = int.MaxValue;
    public const long LongMax = long.MaxValue;
    public const long Kilobyte = 1L << 10;
    public const long Megabyte = 1L << 20;
    public const long Gigabyte = 1L << 30;

    public static readonly DirectiveTraits Fixed = new(Immutable);
    public static readonly DirectiveTraits NotBuilt = new(Readiness: Readiness.AcceptedNotBuilt);
    public static readonly DirectiveTraits FixedNotBuilt = new(Immutable, Readiness.AcceptedNotBuilt);
    public static readonly DirectiveTraits Refused = new(Readiness: Readiness.RefusedNotBuilt);
    public static readonly DirectiveTraits FixedRefused = new(Immutable, Readiness.RefusedNotBuilt);
    public static readonly DirectiveTraits Unlisted = new(Hidden);
    public static readonly DirectiveTraits Secret = new(Sensitive);

    public static DirectiveTraits Also(string alias, Readiness readiness = Readiness.Working) => new(Alias: alias, Readiness: readiness);

    public static DirectiveTraits Does(ConfigAction action) => new(Action: action);

    public static BoolDirective YesNo(string name, ConfigField<bool> field, bool defaultValue, DirectiveTraits? traits = null) =>
        new(name, field, defaultValue, traits);

    public static NumberDirective Number(string name, ConfigField<long> field, long defaultValue, long min, long max, DirectiveTraits? traits = null) =>
        new(name, field, defaultValue, min, max, NumberForm.Integer, traits);

    public static NumberDirective Memory(string name, ConfigField<long> field, long defaultValue, long min, long max, DirectiveTraits? traits = null) =>
        new(name, field, defaultValue, min, max, NumberForm.Memory, traits);

    public static NumberDirective UnsignedMemory(string name, ConfigField<long> field, long defaultValue, DirectiveTraits? traits = null) =>
        new(name, field, defaultValue, 0, LongMax, NumberForm.Memory, traits) { Unsigned = true };

    public static TextDirective Text(string name, ConfigField<string> field, string defaultValue, DirectiveTraits? traits = null) =>
        new(name, field, defaultValue, traits);

    /// <summary>A text whose empty value means "not set".</summary>
    public static TextDirective Optional(string name, ConfigField<string> field, DirectiveTraits? traits = null) =>
        new(name, field, "", traits) { EmptyIsUnset = true };

    public static ChoiceDirective<T> Choice<T>(
        string name, ConfigField<T> field, T defaultValue, (string Word, T Value)[] choices, DirectiveTraits? traits = null)
        where T : struct, Enum => new(name, field, defaultValue, choices, traits);
}
