using System.Globalization;

namespace Redouble.Demo;

/// <summary>What `redouble demo` was asked to do.</summary>
/// <param name="Seconds">Run for so long and print plain lines; null runs until stopped where there is a terminal.</param>
/// <param name="ServerCommand">The program started as the three servers, with redis-server's command line; null means this one.</param>
internal sealed record DemoOptions(int? Seconds, string? ServerCommand)
{
    public const string Usage = """
        usage: redouble demo [--seconds N] [--server-command COMMAND]

        Starts a primary and two replicas on free loopback ports, writes to the primary, and shows how far the replicas are behind. At the end it stops
        writing and compares the three data sets; the exit status is 0 when they are the same.

          --seconds N               stop after N seconds, and print plain lines instead of a table (without a terminal: 10)
          --server-command COMMAND  start this instead of 'redouble server', such as redis-server
        """;

    /// <summary>Reads the arguments after "demo". False with the error in one line.</summary>
    public static bool TryParse(ReadOnlySpan<string> args, out DemoOptions options, out string error)
    {
        options = new DemoOptions(null, null);
        error = "";
        for (int i = 0; i < args.Length; i += 2)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--seconds" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= 86_400:
                    options = options with { Seconds = seconds };
                    break;
                case "--seconds":
                    error = "--seconds needs a whole number from 1 to 86400";
                    return false;
                case "--server-command" when !string.IsNullOrWhiteSpace(value):
                    options = options with { ServerCommand = value };
                    break;
                case "--server-command":
                    error = "--server-command needs a command";
                    return false;
                default:
                    error = $"unknown option '{args[i]}'";
                    return false;
            }
        }

        return true;
    }
}
