using System.Runtime.InteropServices;
using Redouble.Server.Polling;
using Spectre.Console;

namespace Redouble.Health;

/// <summary>`redouble health`: asks the nodes, shows what they say, and judges it; once, or until it is stopped.</summary>
internal static class HealthCommand
{
    /// <summary>What monitoring systems take for "the check itself could not run".</summary>
    private const int WrongCommandLine = 3;

    /// <summary>Exit status: a <see cref="Severity"/>, or 3.</summary>
    public static int Run(ReadOnlySpan<string> args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.Out.WriteLine(HealthOptions.Usage);
            return 0;
        }

        if (!HealthOptions.TryParse(args, Environment.GetEnvironmentVariable, out HealthOptions options, out string error))
        {
            Console.Error.WriteLine($"redouble health: {error}");
            Console.Error.WriteLine(HealthOptions.Usage);
            return WrongCommandLine;
        }

        return (int)(options.Watch ? Watch(options) : Round(options, ""));
    }

    private static Severity Watch(HealthOptions options)
    {
        using ManualResetEventSlim stopped = new();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopped.Set();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        string clear = IsTerminal ? "\e[H\e[2J" : "";
        Severity severity;
        do
        {
            severity = Round(options, clear);
        }
        while (!stopped.Wait(options.Interval) && ProcessCalls.IsOutputRead()); // `| head` has read enough
        return severity;
    }

    private static Severity Round(HealthOptions options, string before)
    {
        using Fleet fleet = Fleet.AskAsync(options).GetAwaiter().GetResult();
        IReadOnlyList<NodeRow> rows = FleetRows.Of(fleet);
        IReadOnlyList<Finding> findings = Judge.Of(rows, options.Thresholds);
        DateTimeOffset now = DateTimeOffset.Now;
        if (options.Json)
        {
            Console.Out.WriteLine(JsonView.Of(rows, findings, now, indented: !options.Watch));
        }
        else
        {
            string time = options.Watch ? $"{before}{now:yyyy-MM-dd HH:mm:ss}  " : "", after = options.Watch && !IsTerminal ? "\n" : "";
            Console.Out.Write(time + TextView.Of(rows, findings, IsTerminal) + after);
        }

        Console.Out.Flush();
        return TextView.Worst(findings);
    }

    private static bool IsTerminal => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
}
