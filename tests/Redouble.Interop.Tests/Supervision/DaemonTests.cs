using System.Diagnostics;
using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Supervision;

/// <summary><c>daemonize yes</c>: whoever starts the server has his terminal back, and finds the server by its pid file.</summary>
public sealed class DaemonTests
{
    private const int SessionField = 3;

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void TheServerGoesOnInASessionOfItsOwn(string kind) => Scenario.Run(s =>
    {
        TempDirectory directory = s.Own(new TempDirectory("daemon"));
        int port = Ports.Free();
        string pidFile = directory["server.pid"];
        string[] words =
        [
            "--daemonize", "yes", "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory.Path, "--save", "",
            "--pidfile", pidFile, "--logfile", directory["log"],
        ];
        (int status, string output) = Run(kind, words);
        Assert.Equal((0, ""), (status, output));
        using RespClient client = s.Own(Connect(port));
        int pid = int.Parse(client.Info("server")["process_id"], CultureInfo.InvariantCulture);
        using Process server = Process.GetProcessById(pid);
        try
        {
            Assert.Equal(pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(pidFile).Trim());
            Assert.Equal(pid.ToString(CultureInfo.InvariantCulture), ProcessState.Of(pid)[SessionField]);
            for (int standard = 0; standard <= 2; standard++) Assert.Equal("/dev/null", File.ResolveLinkTarget($"/proc/{pid}/fd/{standard}", false)!.FullName);
            Assert.Equal("yes", client.Must("CONFIG", "GET", "daemonize")[1].String);
            client.Send("SHUTDOWN", "NOSAVE");
            Assert.True(server.WaitForExit(30_000));
            Assert.False(File.Exists(pidFile));
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void WhatIsWrongWithTheConfigurationIsSaidBefore(string kind)
    {
        (int status, string output) = Run(kind, ["--daemonize", "yes", "--port", "x"]);
        Assert.Equal(1, status);
        Assert.Contains("FATAL CONFIG FILE ERROR", output, StringComparison.Ordinal);
    }

    [RedoubleFact]
    public void WithAConfigurationOnStandardInputItIsRefused()
    {
        (int status, string output) = Run("Redouble", ["-", "--daemonize", "yes"]);
        Assert.Equal(1, status);
        Assert.Contains("'daemonize yes' does not go with a configuration on standard input", output, StringComparison.Ordinal);
    }

    private static RespClient Connect(int port)
    {
        RespClient? client = null;
        Poll.Until("the daemon to listen", () => (client = new RespClient(port)).Call("PING").Text == "PONG");
        return client!;
    }

    private static (int Status, string Output) Run(string kind, string[] words)
    {
        string[] command = kind == "Redis" ? ["redis-server"] : [Peers.RedoubleProgram, "server"];
        ProcessStartInfo start = new(command[0], [.. command[1..], .. words])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Peers.DotnetRoot != null) start.Environment["DOTNET_ROOT"] = Peers.DotnetRoot;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd(); // until nobody has it open: a daemon lets it go
        Assert.True(process.WaitForExit(30_000));
        return (process.ExitCode, output + errors.Result);
    }
}
