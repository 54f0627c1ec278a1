using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>
/// <c>save seconds changes [seconds changes …]</c>. The first line of the files replaces the default, the following ones add to it;
/// an empty argument clears everything before it.
/// </summary>
public sealed class SaveDirective() : Directive("save", new DirectiveTraits(DirectiveFlags.MultiArgument))
{
    private static readonly SavePoint[] Default = [new(3600, 1), new(300, 100), new(60, 10000)];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config)
    {
        config.SavePoints = [.. Default];
        config.SaveLineSeen = false;
    }

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.SavePoints.AsSpan().SequenceEqual(Default);

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        bool clears = arguments.Length == 1 && arguments[0].Length == 0;
        if (clears) arguments = [];
        error = "Invalid save parameters";
        if (arguments.Length % 2 != 0) return SetOutcome.Failed;
        SavePoint[] points = new SavePoint[arguments.Length / 2];
        for (int i = 0; i < points.Length; i++)
        {
            if (!IntegerText.TryParseLenient(arguments[2 * i], out long seconds) || seconds < 1) return SetOutcome.Failed;
            if (!IntegerText.TryParseLenient(arguments[(2 * i) + 1], out long changes) || changes < 0) return SetOutcome.Failed;
            points[i] = new SavePoint(seconds, changes);
        }

        error = "";
        bool adds = source == SetSource.File && config.SaveLineSeen && !clears;
        config.SavePoints = adds ? [.. config.SavePoints, .. points] : points;
        config.SaveLineSeen |= source == SetSource.File;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) =>
        string.Join(' ', config.SavePoints.Select(static point => $"{point.Seconds} {point.Changes}"));

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        if (config.SavePoints.Length == 0) file.Write(Name, "save \"\"", force: true);
        foreach (SavePoint point in config.SavePoints) file.Write(Name, $"save {point.Seconds} {point.Changes}", force: true);
    }
}
