using System.Diagnostics;
using System.Runtime.InteropServices;
using Redouble.Engine.Configuration;
using Redouble.Engine.Hosting;
using Redouble.Server.Logging;

namespace Redouble.Server;

/// <summary>The process around a node.</summary>
internal sealed class ServerHost(ServerLog log, string? configFile) : INodeHost
{
    /// <summary>Exit status once someone has asked for the end, else null.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>INFO's listener lines.</summary>
    public IReadOnlyList<string> Listeners { get; set; } = [];

    /// <summary>The port in force.</summary>
    public int Port { get; set; }

    /// <summary>Opens and closes the link to the primary.</summary>
    public Loop.PrimaryConnector? Primary { get; set; }

    public void Log(ConfigLogLevel level, string message) => log.Write(level, message);

    public void Exit(int status) => ExitStatus ??= status;

    public void OpenPrimaryLink(string host, int port) => Primary!.Open(host, port);

    public void ClosePrimaryLink() => Primary!.Close();

    public void OnRoleChanged(bool isReplica) => log.Role = isReplica ? 'S' : 'M';

    public ProcessFacts Facts()
    {
        using var process = Process.GetCurrentProcess();
        return new ProcessFacts(
            Environment.ProcessId,
            Environment.ProcessPath ?? "redouble",
            configFile ?? "",
            Port,
            process.WorkingSet64,
            GC.GetTotalMemory(forceFullCollection: false),
            process.UserProcessorTime.TotalSeconds,
            process.PrivilegedProcessorTime.TotalSeconds,
            $"{RuntimeInformation.OSDescription.Split('#')[0].Trim()} {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant().Replace("x64", "x86_64", StringComparison.Ordinal)}",
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            "epoll",
            Listeners);
    }
}
