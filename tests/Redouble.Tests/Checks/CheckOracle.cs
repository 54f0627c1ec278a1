using System.Diagnostics;

namespace Redouble.Tests.Checks;

/// <summary>Runs Redis' own checkers.</summary>
internal static class CheckOracle
{
    /// <summary>What the program says on standard output, and its exit status.</summary>
    public static (int Status, string Output) Run(string program, string folder, string answer, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.Latin1,
        })!;
        process.StandardInput.Write(answer);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(10_000));
        return (process.ExitCode, output);
    }
}
