using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>One of DEBUG's subcommands.</summary>
/// <param name="Name">In upper case.</param>
/// <param name="ArgumentsMin">Fewest arguments, DEBUG and the name included.</param>
/// <param name="ArgumentsMax">Most arguments.</param>
/// <param name="Run">What it does.</param>
internal sealed record DebugSubcommand(string Name, int ArgumentsMin, int ArgumentsMax, Action<CommandContext> Run);

/// <summary>The list of DEBUG's subcommands.</summary>
internal static class DebugSubcommands
{
    private const int Any = int.MaxValue;

    public static IReadOnlyList<DebugSubcommand> All =>
    [
        new("DIGEST", 2, 2, DebugData.Digest),
        new("DIGEST-VALUE", 2, Any, DebugData.DigestValue),
        new("SLEEP", 3, 3, DebugServer.Sleep),
    ];
}
