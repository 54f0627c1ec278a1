using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>bind</c>: up to 16 addresses to listen on; <c>-</c> before one means that it may be missing, <c>*</c> stands for all.</summary>
public sealed class BindDirective() : Directive("bind", new DirectiveTraits(DirectiveFlags.MultiArgument, Action: ConfigAction.Bind))
{
    private const int MaxAddresses = 16;
    private static readonly string[] Default = ["*", "-::*"];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.BindAddresses = [.. Default];

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.BindAddresses.AsSpan().SequenceEqual(Default);

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = "Too many bind addresses specified.";
        if (arguments.Length > MaxAddresses) return SetOutcome.Failed;
        error = "";
        config.BindAddresses = arguments.Length == 1 && arguments[0].Length == 0 ? [] : arguments.ToArray();
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => string.Join(' ', config.BindAddresses);

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        if (config.BindAddresses.Length == 0) file.Write(Name, "bind \"\"", force: true);
        else if (IsDefault(config)) file.Remove(Name);
        else file.Write(Name, $"bind {Get(config)}", force: true);
    }
}
