using System.Diagnostics;
using System.Text;

namespace Redouble.Tests;

/// <summary>One run of the built program to its end.</summary>
internal sealed record CommandLineRun(int Status, string Output, string Error)
{
    private const int LimitMs = 120_000;

    /// <summary>Runs the program that lies beside the tests; it must end within two minutes.</summary>
    public static CommandLineRun Of(params string[] args) => In(Path.GetTempPath(), args, null);

    /// <summary>The same with a folder for its temporary files, and optionally a SIGTERM after its first line of output.</summary>
    public static CommandLineRun In(string temporaryFolder, string[] args, bool terminateAfterFirstLine) =>
        In(temporaryFolder, args, terminateAfterFirstLine ? "-TERM" : null);

    private static CommandLineRun In(string temporaryFolder, string[] args, string? signal)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "redouble.dll"), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporaryFolder;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        StringBuilder output = new();
        Task reading = Task.Run(() =>
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                if (output.Length == 0 && signal != null)
                {
                    using Process kill = Process.Start("kill", [signal, $"{process.Id}"]);
                    kill.WaitForExit();
                }

                output.Append(line).Append('\n');
            }
        });
        if (!process.WaitForExit(LimitMs))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"redouble {string.Join(' ', args)} does not end");
        }

        reading.GetAwaiter().GetResult();
        return new CommandLineRun(process.ExitCode, output.ToString(), error.GetAwaiter().GetResult());
    }
}
