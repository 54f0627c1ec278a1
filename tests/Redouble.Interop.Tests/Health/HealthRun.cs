using System.Diagnostics;
using System.Text.Json;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Health;

/// <summary>One run of <c>redouble health --json</c>.</summary>
internal sealed record HealthRun(int Status, JsonElement Json, string Error, long ElapsedMs)
{
    public string Verdict => Json.GetProperty("status").GetString()!;

    /// <summary>Nodes, severities and texts of what was found.</summary>
    public string[] Findings =>
        [.. Json.GetProperty("findings").EnumerateArray().Select(found => $"{found.GetProperty("severity")}: {found.GetProperty("text")}")];

    public static HealthRun Of(params string[] words) => With([], words);

    /// <summary>With additional environment variables.</summary>
    public static HealthRun With((string Name, string Value)[] environment, params string[] words)
    {
        ProcessStartInfo start = new(Peers.RedoubleProgram, ["health", "--json", .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Peers.DotnetRoot != null) start.Environment["DOTNET_ROOT"] = Peers.DotnetRoot;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Stopwatch clock = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(output.Length > 0, error.Result);
        return new HealthRun(process.ExitCode, JsonDocument.Parse(output).RootElement, error.Result, clock.ElapsedMilliseconds);
    }

    /// <summary>The row of a server.</summary>
    public JsonElement Row(ServerProcess server) =>
        Json.GetProperty("nodes").EnumerateArray().Single(row => row.GetProperty("node").GetString() == Name(server));

    public string Text(ServerProcess server, string field) => Row(server).TryGetProperty(field, out JsonElement value) ? value.ToString() : "";

    public static string Name(ServerProcess server) => $"127.0.0.1:{server.Port}";
}
