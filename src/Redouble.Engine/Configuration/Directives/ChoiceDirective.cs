using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>A directive that is one of a few words, in any case. Two words may mean the same; the first of them is shown.</summary>
public sealed class ChoiceDirective<T>(
    string name, ConfigField<T> field, T defaultValue, (string Word, T Value)[] choices, DirectiveTraits? traits = null)
    : Directive(name, traits ?? NoTraits)
    where T : struct, Enum
{
    private readonly string _refusal = "argument(s) must be one of the following: " + string.Join(", ", choices.Select(static choice => choice.Word));

    /// <summary>Values that are safe although the directive is not built, beside the default.</summary>
    public T[] Harmless { get; init; } = [];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => field(config) = defaultValue;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => IsDefaultValue(field(config)) || Array.IndexOf(Harmless, field(config)) >= 0;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        foreach ((string word, T choice) in choices)
        {
            if (!word.Equals(arguments[0], StringComparison.OrdinalIgnoreCase)) continue;
            error = "";
            ref T value = ref field(config);
            if (EqualityComparer<T>.Default.Equals(value, choice)) return SetOutcome.Unchanged;
            value = choice;
            return SetOutcome.Changed;
        }

        error = _refusal;
        return SetOutcome.Failed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        foreach ((string word, T choice) in choices)
        {
            if (EqualityComparer<T>.Default.Equals(field(config), choice)) return word;
        }

        return "unknown";
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) =>
        file.Write(Name, $"{Name} {Get(config)}", !IsDefaultValue(field(config)));

    private bool IsDefaultValue(T value) => EqualityComparer<T>.Default.Equals(value, defaultValue);
}
