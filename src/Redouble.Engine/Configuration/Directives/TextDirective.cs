using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>A directive that is any text, one byte per character.</summary>
public sealed class TextDirective(string name, ConfigField<string> field, string defaultValue, DirectiveTraits? traits = null)
    : Directive(name, traits ?? NoTraits)
{
    /// <summary>A check of the new value: Redis' text when it is refused, else null.</summary>
    public Func<string, string?>? Check { get; init; }

    /// <summary>The empty text means "not set": CONFIG REWRITE then removes the line instead of writing <c>name ""</c>.</summary>
    public bool EmptyIsUnset { get; init; }

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => field(config) = defaultValue;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => field(config) == defaultValue;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = Check?.Invoke(arguments[0]) ?? "";
        if (error.Length > 0) return SetOutcome.Failed;
        ref string value = ref field(config);
        if (value == arguments[0]) return SetOutcome.Unchanged;
        value = arguments[0];
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => field(config);

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        string value = field(config);
        if (value.Length == 0 && EmptyIsUnset) file.Remove(Name);
        else file.Write(Name, $"{Name} {ConfigText.Quote(value)}", !IsDefault(config));
    }
}
