using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>client-output-buffer-limit class hard soft seconds […]</c>; classes not named keep their limits.</summary>
public sealed class OutputBufferLimitDirective()
    : Directive("client-output-buffer-limit", new DirectiveTraits(DirectiveFlags.MultiArgument, Action: ConfigAction.ClientOutputBufferLimit))
{
    private const ulong Megabyte = 1 << 20;

    private static readonly OutputBufferLimit[] Default =
    [
        new(0, 0, 0),
        new(256 * Megabyte, 64 * Megabyte, 60),
        new(32 * Megabyte, 8 * Megabyte, 60),
    ];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.OutputBufferLimits = [.. Default];

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.OutputBufferLimits.AsSpan().SequenceEqual(Default);

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = "Wrong number of arguments in buffer limit configuration.";
        if (arguments.Length % 4 != 0) return SetOutcome.Failed;
        OutputBufferLimit[] limits = [.. config.OutputBufferLimits];
        for (int i = 0; i < arguments.Length; i += 4)
        {
            error = "Invalid client class specified in buffer limit configuration.";
            if (!TryClass(arguments[i], out ClientClass client)) return SetOutcome.Failed;
            error = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
            if (!MemoryText.TryParse(arguments[i + 1], out ulong hard) || !MemoryText.TryParse(arguments[i + 2], out ulong soft)) return SetOutcome.Failed;
            if (!IntegerText.TryParseLenient(arguments[i + 3], out long seconds) || seconds < 0) return SetOutcome.Failed;
            limits[(int)client] = new OutputBufferLimit(hard, soft, seconds);
        }

        error = "";
        config.OutputBufferLimits = limits;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        OutputBufferLimit[] limits = config.OutputBufferLimits;
        return $"normal {Plain(limits[0])} slave {Plain(limits[1])} pubsub {Plain(limits[2])}";
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        ReadOnlySpan<string> names = ["normal", "replica", "pubsub"];
        for (int i = 0; i < Default.Length; i++)
        {
            OutputBufferLimit limit = config.OutputBufferLimits[i];
            string line = $"{Name} {names[i]} {MemoryText.Format((long)limit.HardBytes)} {MemoryText.Format((long)limit.SoftBytes)} {limit.SoftSeconds}";
            file.Write(Name, line, limit != Default[i]);
        }
    }

    private static string Plain(OutputBufferLimit limit) => $"{limit.HardBytes} {limit.SoftBytes} {limit.SoftSeconds}";

    private static bool TryClass(string name, out ClientClass client)
    {
        (client, bool known) = name.ToLowerInvariant() switch
        {
            "normal" => (ClientClass.Normal, true),
            "slave" or "replica" => (ClientClass.Replica, true),
            "pubsub" => (ClientClass.PubSub, true),
            _ => (default, false),
        };
        return known;
    }
}
