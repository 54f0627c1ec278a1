using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>
/// <c>dir</c>: where the node's files are. The process itself stays where it is, since several nodes may share one; file names are resolved
/// against <see cref="ServerConfig.Dir"/>.
/// </summary>
public sealed class DirDirective() : Directive("dir", new DirectiveTraits(DirectiveFlags.Protected | DirectiveFlags.DenyLoading))
{
    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.Dir = config.StartDirectory;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.Dir == config.StartDirectory;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = TextChecks.Path(arguments[0]) ?? "";
        if (error.Length > 0) return SetOutcome.Failed;
        if (!config.Directories.TryResolve(config.Dir, arguments[0], out string resolved, out error)) return SetOutcome.Failed;
        config.Dir = resolved;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => config.Dir;

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) => file.Write(Name, $"{Name} {ConfigText.Quote(config.Dir)}", force: true);
}
