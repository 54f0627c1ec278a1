using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>
/// <c>replicaof host port</c>. The files say whom to follow at start; afterwards REPLICAOF decides, so showing and rewriting ask the node
/// (<see cref="ServerConfig.Host"/>).
/// </summary>
public sealed class ReplicaOfDirective()
    : Directive("replicaof", new DirectiveTraits(DirectiveFlags.Immutable | DirectiveFlags.MultiArgument, Alias: "slaveof"))
{
    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.InitialPrimary = null;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.InitialPrimary is null;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = "wrong number of arguments";
        if (arguments.Length != 2) return SetOutcome.Failed;
        if (arguments[0].Equals("no", StringComparison.OrdinalIgnoreCase) && arguments[1].Equals("one", StringComparison.OrdinalIgnoreCase))
        {
            config.InitialPrimary = null;
            return SetOutcome.Changed;
        }

        error = "Invalid master port";
        if (!IntegerText.TryParseLenient(arguments[1], out long port) || port is < 0 or > 65535) return SetOutcome.Failed;
        error = "";
        config.InitialPrimary = new PrimaryAddress(arguments[0], (int)port);
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        if (config.Host is not null) return config.Host.CurrentPrimary ?? "";
        return config.InitialPrimary is { } primary ? $"{primary.Host} {primary.Port}" : "";
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        string primary = Get(config);
        if (primary.Length == 0 || config.ClusterEnabled) file.Remove(Name);
        else file.Write(Name, $"{Name} {primary}", force: true);
    }
}
