using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>A directive that is <c>yes</c> or <c>no</c>, in any case.</summary>
public sealed class BoolDirective(string name, ConfigField<bool> field, bool defaultValue, DirectiveTraits? traits = null)
    : Directive(name, traits ?? NoTraits)
{
    /// <summary>A check of the new value that may refuse it with a text of its own; null when there is none.</summary>
    public Func<bool, string?>? Check { get; init; }

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => field(config) = defaultValue;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => field(config) == defaultValue;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        bool yes = arguments[0].Equals("yes", StringComparison.OrdinalIgnoreCase);
        if (!yes && !arguments[0].Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            error = "argument must be 'yes' or 'no'";
            return SetOutcome.Failed;
        }

        error = Check?.Invoke(yes) ?? "";
        if (error.Length > 0) return SetOutcome.Failed;
        ref bool value = ref field(config);
        if (value == yes) return SetOutcome.Unchanged;
        value = yes;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => field(config) ? "yes" : "no";

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) => file.Write(Name, $"{Name} {Get(config)}", !IsDefault(config));
}
