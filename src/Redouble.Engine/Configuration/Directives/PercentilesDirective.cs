using System.Globalization;
using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>latency-tracking-info-percentiles</c>: which percentiles INFO latencystats shows, each within 0 and 100.</summary>
public sealed class PercentilesDirective()
    : Directive("latency-tracking-info-percentiles", new DirectiveTraits(DirectiveFlags.MultiArgument, Action: ConfigAction.LatencyTracking))
{
    private static readonly double[] Default = [50, 99, 99.9];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.LatencyPercentiles = [.. Default];

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.LatencyPercentiles.AsSpan().SequenceEqual(Default);

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        if (arguments.Length == 1 && arguments[0].Length == 0) arguments = [];
        double[] values = new double[arguments.Length];
        for (int i = 0; i < values.Length; i++)
        {
            error = "Invalid latency-tracking-info-percentiles parameters";
            if (!TryParse(arguments[i], out values[i])) return SetOutcome.Failed;
            error = "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
            if (values[i] is < 0 or > 100) return SetOutcome.Failed;
        }

        error = "";
        config.LatencyPercentiles = values;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) =>
        string.Join(' ', config.LatencyPercentiles.Select(static value => value.ToString("0.######", CultureInfo.InvariantCulture)));

    /// <summary>Always written, as Redis does.</summary>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        string text = Get(config);
        file.Write(Name, $"{Name} {(text.Length == 0 ? "\"\"" : text)}", force: true);
    }

    private static bool TryParse(string text, out double value)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        string word = text.TrimStart('+', '-').ToLowerInvariant();
        value = double.PositiveInfinity;
        return word is "inf" or "infinity" || (double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && !double.IsNaN(value));
    }
}
