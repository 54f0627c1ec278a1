using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>oom-score-adj-values primary replica background</c>: the adjustments of the kernel's out-of-memory score, -2000 to 2000.</summary>
public sealed class OomScoreAdjValuesDirective()
    : Directive("oom-score-adj-values", new DirectiveTraits(DirectiveFlags.MultiArgument, Action: ConfigAction.OomScoreAdj))
{
    private static readonly int[] Default = [0, 200, 800];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.OomScoreAdjValues = [.. Default];

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.OomScoreAdjValues.AsSpan().SequenceEqual(Default);

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = "wrong number of arguments";
        if (arguments.Length != Default.Length) return SetOutcome.Failed;
        int[] values = new int[Default.Length];
        for (int i = 0; i < values.Length; i++)
        {
            error = "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
            if (!IntegerText.TryParseLenient(arguments[i], out long value) || value is < -2000 or > 2000) return SetOutcome.Failed;
            values[i] = (int)value;
        }

        error = "";
        if (values.AsSpan().SequenceEqual(config.OomScoreAdjValues)) return SetOutcome.Unchanged;
        config.OomScoreAdjValues = values;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => string.Join(' ', config.OomScoreAdjValues);

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) => file.Write(Name, $"{Name} {Get(config)}", !IsDefault(config));
}
