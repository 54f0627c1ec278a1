using System.Net;
using System.Net.Sockets;
using System.Text;
using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;
using Redouble.Server.Polling;

namespace Redouble.Server.Supervision;

/// <summary>
/// The service manager that has started this process and waits to be told how it is (directive <c>supervised</c>): systemd, by the datagrams of sd_notify(3)
/// to the socket that NOTIFY_SOCKET names, or Upstart, for which a process stops itself once.
/// <code>
/// loading ──each second: how far, and EXTEND_TIMEOUT_USEC──► READY=1 ──STATUS whenever it changes──► STOPPING=1
/// </code>
/// A data set that takes longer to load than the unit's TimeoutStartSec, and replicas that take longer to catch up at the end than its TimeoutStopSec, get
/// their time as long as the loop goes round.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    private const long PeriodMicroseconds = 1_000_000;
    private const string MoreTime = "EXTEND_TIMEOUT_USEC=30000000\n";

    private readonly ServerLog _log;
    private readonly EndPoint? _address;
    private readonly Socket? _socket;
    private string _told = "";
    private long _next;
    private bool _isReady;
    private bool _isFailing;

    private ServiceManager(string name, ServerLog log, EndPoint? address)
    {
        Name = name;
        _log = log;
        _address = address;
        if (address != null) _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    }

    /// <summary>INFO's process_supervised.</summary>
    public string Name { get; }

    /// <summary>
    /// Meets the service manager that the directive names or, with <c>auto</c>, that has left its mark in the environment; null when there is none.
    /// </summary>
    /// <param name="mode">The directive.</param>
    /// <param name="environment">A variable of the environment, or null.</param>
    /// <param name="log">Told who it is, or why it cannot be reached.</param>
    public static ServiceManager? Meet(SupervisedMode mode, Func<string, string?> environment, ServerLog log)
    {
        const string upstartMark = "UPSTART_JOB", systemdMark = "NOTIFY_SOCKET";
        if (mode == SupervisedMode.Auto)
        {
            mode = environment(upstartMark) != null ? SupervisedMode.Upstart : environment(systemdMark) != null ? SupervisedMode.Systemd : SupervisedMode.No;
            if (mode != SupervisedMode.No) log.Write(ConfigLogLevel.Verbose, $"{mode} supervision detected.");
        }

        switch (mode)
        {
            case SupervisedMode.Upstart when environment(upstartMark) == null:
                log.Write(ConfigLogLevel.Warning, "upstart supervision requested, but UPSTART_JOB not found!");
                return null;
            case SupervisedMode.Upstart:
                log.Write(ConfigLogLevel.Notice, "supervised by upstart, will stop to signal readiness.");
                ProcessCalls.StopSelf();
                return new ServiceManager("upstart", log, address: null);
            case SupervisedMode.Systemd:
                return MeetSystemd(environment(systemdMark), log);
            default:
                return null;
        }
    }

    /// <summary>Tells how the server is, if that has changed; asks for more time while it is not to be hurried. Called every turn of the loop.</summary>
    /// <param name="node">The server.</param>
    /// <param name="now">Monotonic microseconds.</param>
    public void Report(Node node, long now)
    {
        if (_socket == null) return;
        var becomesReady = !_isReady && !node.IsLoading;
        if (now < _next && (!becomesReady || _isFailing)) return;
        _next = now + PeriodMicroseconds;
        var status = StatusOf(node);
        var needsTime = node.IsLoading || node.Shutdown.IsInitiated;
        if (status == _told && !needsTime && !becomesReady) return;
        if (!Send($"{(becomesReady ? "READY=1\n" : "")}{(needsTime ? MoreTime : "")}STATUS={status}\n")) return;
        _isReady |= becomesReady;
        _told = status;
    }

    /// <summary>The server ends.</summary>
    public void ReportEnd() => Send("STOPPING=1\n");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static ServiceManager? MeetSystemd(string? path, ServerLog log)
    {
        if (string.IsNullOrEmpty(path))
        {
            log.Write(ConfigLogLevel.Warning, "systemd supervision error: NOTIFY_SOCKET not found!");
            return null;
        }

        try
        {
            // '@' stands for the zero that begins a name outside the file system.
            var systemd = new ServiceManager("systemd", log, new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
            systemd.Send("STATUS=Redouble is loading...\n"); // whatever becomes of this one, the next second has another
            log.Write(ConfigLogLevel.Notice, "Supervised by systemd.");
            return systemd;
        }
        catch (ArgumentException error)
        {
            log.Write(ConfigLogLevel.Warning, $"systemd supervision error: NOTIFY_SOCKET '{path}': {error.Message}");
        }

        return null;
    }

    private static string StatusOf(Node node)
    {
        if (node.Shutdown.IsInitiated) return "Shutting down when the replicas have what is written here";
        if (node.IsLoading)
        {
            var progress = node.LoadProgress;
            return progress.TotalBytes > 0 ? $"Loading the data set, {100 * progress.LoadedBytes / progress.TotalBytes} %" : "Loading the data set";
        }

        var link = node.Replication.Protocol.Primary;
        return !node.IsReplica ? "Ready to accept connections"
            : link.IsUp ? $"Ready to accept connections. Replica of {link.Host}:{link.Port}, in sync"
            : $"Ready to accept connections. Replica of {link.Host}:{link.Port}, which is not reached or has not sent its data set";
    }

    // Without waiting: a manager that does not read is told again a second later.
    private bool Send(string message)
    {
        if (_socket == null) return false;
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _address!);
            _isFailing = false;
            return true;
        }
        catch (SocketException error)
        {
            if (!_isFailing) _log.Write(ConfigLogLevel.Warning, $"systemd supervision error: {error.Message} ({_address})");
            _isFailing = true;
            return false;
        }
    }
}
