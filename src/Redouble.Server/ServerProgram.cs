using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Server.Configuration;
using Redouble.Server.Files;
using Redouble.Server.Logging;
using Redouble.Server.Loop;
using Redouble.Server.Polling;
using Redouble.Server.Supervision;
using Redouble.Server.Threads;
using Redouble.Server.Time;

namespace Redouble.Server;

/// <summary>`redouble server`: from the command line to the loop, and to the exit status.</summary>
public static class ServerProgram
{
    private const int DataThreadSlice = 400; // microseconds: who has waited for a request shall not wait for a neighbour too

    /// <summary>The version of Redis we stand for.</summary>
    public const string RedisVersion = "7.2.4";

    /// <summary>Runs a server until it is shut down; returns the process's exit status.</summary>
    public static int Run(ReadOnlySpan<string> arguments, string redoubleVersion)
    {
        if (Daemon.IsThis) Daemon.Detach();
        Signals.HeedIgnored();
        var line = CommandLine.Parse(arguments);
        switch (line.Request)
        {
            case CommandLineRequest.Version:
                Console.Out.WriteLine(UsageText.Version(RedisVersion, redoubleVersion, "0"));
                return 0;
            case CommandLineRequest.Help:
                Console.Error.Write(UsageText.Help("redouble server"));
                return 1; // as redis-server
            case CommandLineRequest.TestMemory:
                return MemoryTest.Run(line.Megabytes, passes: 50, Console.Out) ? 0 : 1;
            case CommandLineRequest.CheckSystem:
                return SystemCheck.Run(Console.Out, static path => File.Exists(path) ? File.ReadAllText(path) : null, new ServerConfig("/", new DiskConfigSource(new DiskFiles())).TcpBacklog) ? 0 : 1;
            case CommandLineRequest.Refused:
                Console.Error.WriteLine(line.Refusal);
                return 1;
        }

        using var log = new ServerLog();
        var source = new DiskConfigSource(new DiskFiles());
        var loaded = ConfigLoader.Load(line, Environment.CurrentDirectory, source, source);
        if (loaded.Failure is { } failure)
        {
            if (failure.IsLogLine) log.Write(ConfigLogLevel.Warning, failure.Message);
            else Console.Error.Write(failure.FormatBlock(RedisVersion));
            return 1;
        }

        var config = loaded.Config;
        log.Level = config.LogLevel;
        try
        {
            log.Open(config.Paths.LogFile);
        }
        catch (IOException error)
        {
            Console.Error.Write(new ConfigFailure($"Can't open the log file: {error.Message}").FormatBlock(RedisVersion));
            return 1;
        }

        if (config.SyslogEnabled) log.OpenSystemLog(config.SyslogIdent, config.SyslogFacility);
        using var manager = ServiceManager.Meet(config.Supervised, Environment.GetEnvironmentVariable, log);
        if (config.Daemonize && manager == null && !Daemon.IsThis) return StartDaemon(line);
        return Start(loaded, log, manager, redoubleVersion, isConfigured: arguments.Length > 0);
    }

    private static int StartDaemon(CommandLine line)
    {
        if (line.ReadsStandardInput)
        {
            Console.Error.WriteLine("'daemonize yes' does not go with a configuration on standard input, which a daemon does not have: put it into a file");
            return 1;
        }

        Daemon.Start();
        return 0;
    }

    private static int Start(LoadedConfig loaded, ServerLog log, ServiceManager? manager, string redoubleVersion, bool isConfigured)
    {
        var config = loaded.Config;
        if (Daemon.IsThis && config.PidFile.Length == 0) config.PidFile = Daemon.DefaultPidFile;
        log.Write(ConfigLogLevel.Notice, "oO0OoO0OoO0Oo Redouble is starting oO0OoO0OoO0Oo");
        log.Write(ConfigLogLevel.Notice, $"Redis version={RedisVersion}, bits=64, Redouble version={redoubleVersion}, pid={Environment.ProcessId}, just started");
        if (isConfigured) log.Write(ConfigLogLevel.Notice, "Configuration loaded");
        else log.Write(ConfigLogLevel.Warning, "Warning: no config file specified, using the default config. In order to specify a config file use redouble server /path/to/redis.conf");
        foreach (var warning in loaded.Warnings) log.Write(ConfigLogLevel.Warning, warning);
        var host = new ServerHost(log, loaded.ConfigFile, redoubleVersion)
        {
            Port = (int)config.Port,
            Config = config,
            Supervisor = manager,
            OpenFiles = new OpenFiles(ProcessCalls.CountOpenFiles()),
        };
        host.OnRoleChanged(isReplica: config.InitialPrimary != null);
        log.Write(ConfigLogLevel.Notice, "monotonic clock: POSIX clock_gettime");
        if (!host.OpenFiles!.TryFit(config, log)) return 1;
        Banner.Write(log, redoubleVersion, config);
        using var poller = new EpollPoller();
        var background = new BackgroundThread(poller.Wake);
        var fileThread = new BackgroundThread(poller.Wake, "files", isHelper: false);
        var clock = new SystemClock();
        var files = new DiskFiles();
        // Not disposed of: to give back each key takes 0.1 µs, after the log has said goodbye, and the process' memory goes with it anyhow.
        var node = new Node(new NodeParts(config, host, clock, new SystemRandom(), files, background) { FileThread = fileThread });
        using var appendOnlyEnds = node.AppendOnly; // behind the threads that write for it: declared earlier, disposed of later
        using var helperEnds = background;
        using var fileThreadEnds = fileThread;
        var clients = new ClientIo(node, poller);
        var acceptor = host.Acceptor = new Acceptor(node, poller);
        host.Rewriter = new ConfigFileRewriter(files, loaded.ConfigFile);
        var primary = host.Primary = new PrimaryConnector(node, poller, new NameResolver(poller.Wake));
        var channel = host.SnapshotChannel = new PrimaryConnector(node, poller, new NameResolver(poller.Wake), LoopToken.SnapshotChannel);
        var sides = host.Sides = new SideConnections(poller, clock, config);
        if (!acceptor.TryOpen(out var error))
        {
            log.Write(ConfigLogLevel.Warning, error);
            if (acceptor.FailedAtTcp) log.Write(ConfigLogLevel.Warning, $"Failed listening on port {config.Port} (tcp), aborting.");
            return 1;
        }

        if (!acceptor.IsListening)
        {
            log.Write(ConfigLogLevel.Warning, "Configured to not listen anywhere, exiting.");
            return 1;
        }

        host.Listeners = acceptor.Descriptions;
        using var signals = host.Signals = new Signals(poller);
        using var pidFile = host.PidFile = PidFile.Write(config.Paths.PidFile, log);
        log.Write(ConfigLogLevel.Notice, "Server initialized");
        if (config.Rehearsal) Rehearsal.Rehearsal.Start(log, () => node.Stats.TurnMicroseconds);
        var status = 1;
        try
        {
            NativeThread.SetSlice(DataThreadSlice);
            var loop = new EventLoop(node, poller, background, fileThread, clients, acceptor, primary, channel, sides);
            status = RunLoop(node, host, log, signals, loop);
        }
        finally
        {
            manager?.ReportEnd();
            acceptor.Close();
        }

        return status;
    }

    private static int RunLoop(Node node, ServerHost host, ServerLog log, Signals signals, EventLoop loop)
    {
        Leftovers.Remove(node.Config, log);
        try
        {
            node.LoadAtStart();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return LoadFailed(log, error);
        }

        var announced = false;
        while (host.ExitStatus == null)
        {
            if (!announced && !node.IsLoading)
            {
                announced = true;
                foreach (var listener in host.Listeners)
                {
                    log.Write(ConfigLogLevel.Notice, $"Ready to accept connections {listener.AsSpan(5, listener.IndexOf(',', StringComparison.Ordinal) - 5)}");
                }
            }

            host.Supervisor?.Report(node, node.Parts.Clock.MonotonicMicroseconds);
            while (signals.TryTake(out var isInterrupt))
            {
                node.UpdateTime();
                node.Shutdown.OnSignal(isInterrupt);
            }

            try
            {
                loop.RunTurn();
            }
            catch (Exception error) when (node.LoadingFailed && error is InvalidDataException or IOException)
            {
                return LoadFailed(log, error);
            }
        }

        return host.ExitStatus.Value;
    }

    private static int LoadFailed(ServerLog log, Exception error)
    {
        if (error is LoadRefusedException) return 1; // and has been told
        log.Write(ConfigLogLevel.Warning, error.Message);
        log.Write(ConfigLogLevel.Warning, "Fatal error loading the DB, check server logs. Exiting.");
        return 1;
    }
}
