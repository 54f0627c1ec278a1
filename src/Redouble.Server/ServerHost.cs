using System.Globalization;
using System.Runtime.InteropServices;
using Redouble.Engine.Configuration;
using Redouble.Engine.Hosting;
using Redouble.Engine.Sessions;
using Redouble.Replication.Conversations;
using Redouble.Server.Configuration;
using Redouble.Server.Connections;
using Redouble.Server.Logging;
using Redouble.Server.Polling;
using Redouble.Server.Supervision;

namespace Redouble.Server;

/// <summary>The process around a node.</summary>
internal sealed class ServerHost(ServerLog log, string? configFile, string redoubleVersion) : INodeHost
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux
    private readonly string _operatingSystem = OperatingSystemName();
    private readonly OomScore _oomScore = new(log);
    private bool _isReplica;
    private readonly long _totalMemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The listening sockets.</summary>
    public Loop.Acceptor? Acceptor { get; set; }

    /// <summary>The configuration in force.</summary>
    public ServerConfig? Config { get; set; }

    /// <summary>How many descriptors there may be.</summary>
    public OpenFiles? OpenFiles { get; init; }

    /// <summary>Rewrites the configuration file.</summary>
    public ConfigFileRewriter? Rewriter { get; set; }

    /// <summary>Exit status once someone has asked for the end, else null.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>INFO's listener lines.</summary>
    public IReadOnlyList<string> Listeners { get; set; } = [];

    /// <summary>The port in force.</summary>
    public int Port { get; set; }

    /// <summary>Opens and closes the link to the primary.</summary>
    public Loop.PrimaryConnector? Primary { get; set; }

    /// <summary>The second connection to the primary, for the payload of a full sync.</summary>
    public Loop.PrimaryConnector? SnapshotChannel { get; set; }

    /// <summary>What asks for the end from outside.</summary>
    public Signals? Signals { get; set; }

    /// <summary>The file that tells this process's id, if it has been written.</summary>
    public PidFile? PidFile { get; set; }

    /// <summary>Who has started this process and waits to be told how it is, or null.</summary>
    public ServiceManager? Supervisor { get; init; }

    public int WaitingInterrupts => Signals?.WaitingInterrupts ?? 0;

    /// <summary>Connections beside the links of replication.</summary>
    public Loop.SideConnections? Sides { get; set; }

    public void Log(ConfigLogLevel level, string message) => log.Write(level, message);

    public void LogSignal(string message) => log.WriteSignal(message);

    public void Exit(int status)
    {
        if (ExitStatus != null) return;
        ExitStatus = status;
        if (status == 0) RemoveTraces();
    }

    // A pid file that nobody runs under, and a socket that nobody listens at, would lead others astray.
    private void RemoveTraces()
    {
        PidFile?.Dispose();
        if (Config!.UnixSocket.Length > 0) log.Write(ConfigLogLevel.Notice, "Removing the unix socket file.");
        Acceptor!.Close();
    }

    public void OpenPrimaryLink(string host, int port) => Primary!.Open(host, port);

    public void ClosePrimaryLink() => Primary!.Close();

    public long UnreadStreamBytes => Primary!.UnreadBytes;

    public void OpenSnapshotChannel(string host, int port) => SnapshotChannel!.Open(host, port);

    public void CloseSnapshotChannel() => SnapshotChannel!.Close();

    public bool TryOpen(Conversation conversation) => Sides!.TryOpen(conversation);

    public void OnRoleChanged(bool isReplica)
    {
        _isReplica = isReplica;
        log.Role = isReplica ? 'S' : 'M';
        _oomScore.TryApply(Config!, isReplica);
    }

    // Nagle's algorithm: fewer packets on a long line, at up to 40 ms of lag. As in Redis, for replicas that attach while the directive is on.
    public void OnReplicaAttached(Session session)
    {
        if (Config!.ReplDisableTcpNoDelay && session.Connection is Connection connection) SocketOptions.SetNoDelay(connection.Transport.Descriptor, on: false);
    }

    public bool TryApply(ConfigAction action, out string error)
    {
        error = "";
        switch (action)
        {
            case ConfigAction.LogLevel:
                log.Level = Config!.LogLevel;
                return true;
            case ConfigAction.Port or ConfigAction.Bind:
                if (!Acceptor!.TryReopen(out error))
                {
                    log.Write(ConfigLogLevel.Warning, error);
                    error = action == ConfigAction.Port ? "Unable to listen on this port. Check server logs." : "Failed to bind to specified addresses.";
                    return false;
                }

                Port = (int)Config!.Port;
                Listeners = Acceptor.Descriptions;
                return true;
            case ConfigAction.MaxClients:
                return OpenFiles!.TryRaise(Config!.MaxClients, out error);
            case ConfigAction.OomScoreAdj:
                error = "Failed to set current oom_score_adj. Check server logs.";
                return _oomScore.TryApply(Config!, _isReplica);
            default:
                return true;
        }
    }

    public string? RewriteConfig(bool writeAll) => Rewriter!.Rewrite(Config!, writeAll);

    public bool TryRestart()
    {
        var failed = ProcessCalls.Replace(Environment.ProcessPath!, ProcessCalls.CommandLine());
        log.Write(ConfigLogLevel.Warning, $"Can't restart: {failed.ErrorText}");
        return false;
    }

    public void Crash(string reason)
    {
        if (Config!.UseExitOnPanic) Environment.Exit(1);
        Environment.FailFast(reason);
    }

    public void Sleep(long microseconds)
    {
        const int partMax = 1_000_000; // Thread.Sleep counts whole milliseconds; usleep may refuse more than a second
        for (; microseconds > 0; microseconds -= partMax) NativeThread.Sleep((int)Math.Min(microseconds, partMax));
    }

    public int ProcessId => Environment.ProcessId;

    // INFO is asked every second by many: nothing here takes longer than reading two small files of the kernel's.
    public ProcessFacts Facts()
    {
        var used = Environment.CpuUsage;
        var (user, system) = MainThreadSeconds();
        return new ProcessFacts(
            Environment.ProcessId,
            ConfigText.FromPath(Environment.ProcessPath ?? "redouble"),
            ConfigText.FromPath(configFile ?? ""),
            Port,
            ResidentBytes(),
            GC.GetTotalMemory(forceFullCollection: false),
            used.UserTime.TotalSeconds,
            used.PrivilegedTime.TotalSeconds,
            _operatingSystem,
            _totalMemoryBytes,
            "epoll",
            Listeners)
        {
            RedoubleVersion = redoubleVersion,
            SupervisedBy = Supervisor?.Name ?? "no",
            Collections = GC.CollectionCount(0),
            MainThreadUserSeconds = user,
            MainThreadSystemSeconds = system,
        };
    }

    // As uname -srm says it.
    private static string OperatingSystemName()
    {
        var machine = RuntimeInformation.OSArchitecture == Architecture.X64 ? "x86_64" : "aarch64";
        return $"{KernelFact("ostype", "Linux")} {KernelFact("osrelease", Environment.OSVersion.Version.ToString())} {machine}";
    }

    private static string KernelFact(string name, string otherwise)
    {
        var path = $"/proc/sys/kernel/{name}";
        return File.Exists(path) ? File.ReadAllText(path).Trim() : otherwise;
    }

    // The second number of statm counts resident pages.
    private static long ResidentBytes()
    {
        try
        {
            return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return Environment.WorkingSet; // not Linux
        }
    }

    // Fields 14 and 15 of the thread's line, counted from behind the name, which may hold blanks; the main thread's id is the process's.
    private static (double User, double System) MainThreadSeconds()
    {
        try
        {
            var line = File.ReadAllText($"/proc/self/task/{Environment.ProcessId}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return (Seconds(fields[11]), Seconds(fields[12]));
        }
        catch (IOException)
        {
            return (0, 0); // not Linux
        }
    }

    private static double Seconds(string ticks) => long.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond;
}
