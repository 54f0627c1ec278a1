using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Spectre.Console;

namespace Redouble.Demo;

/// <summary>
/// `redouble demo`: a primary and two replicas as child processes, a writer, a display of how far behind the replicas are, and at the end the proof
/// that all three hold the same data. Children and folders are gone when it returns.
/// </summary>
internal sealed class DemoCommand : IDisposable
{
    private const int ReplicaCount = 2;
    private const int DefaultSeconds = 10;
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LinkLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(10);

    private readonly DemoOptions _options;
    private readonly List<ServerProcess> _servers = [];
    private string? _folder;
    private volatile bool _stopping;

    private DemoCommand(DemoOptions options) => _options = options;

    /// <summary>Exit status: 0 when the three copies are the same, 1 when they are not or the demo could not run, 2 for a wrong command line.</summary>
    public static int Run(ReadOnlySpan<string> args)
    {
        if (args is ["--help" or "-h"])
        {
            Console.Out.WriteLine(DemoOptions.Usage);
            return 0;
        }

        if (!DemoOptions.TryParse(args, out DemoOptions options, out string error))
        {
            Console.Error.WriteLine($"redouble demo: {error}");
            Console.Error.WriteLine(DemoOptions.Usage);
            return 2;
        }

        using DemoCommand demo = new(options);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, demo.Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, demo.Stop);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, demo.Stop);
        try
        {
            return demo.Run();
        }
        catch (Exception failure) when (failure is DemoException or IOException or SocketException or RespErrorException)
        {
            Console.Error.WriteLine($"redouble demo: {demo.Explain(failure)}");
            return 1;
        }
    }

    public void Dispose()
    {
        foreach (ServerProcess server in _servers)
        {
            server.Dispose();
        }

        if (_folder != null) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A lost connection is explained by the server that ended, where one did.</summary>
    private string Explain(Exception failure)
    {
        TimeSpan patience = TimeSpan.FromMilliseconds(200);
        IEnumerable<string?> obituaries = _servers.Select(server => server.Obituary(patience));
        return (failure is DemoException ? null : obituaries.FirstOrDefault(said => said != null)) ?? failure.Message;
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stopping = true;
    }

    private int Run()
    {
        IReadOnlyList<string> command = ServerCommand();
        _folder = NewFolder();
        ServerProcess primary = StartServer("primary", command, null);
        for (int i = 1; i <= ReplicaCount; i++)
        {
            StartServer($"replica {i}", command, primary.Port);
        }

        List<ServerProcess> replicas = _servers[1..];
        using WriteLoad load = new(primary.Connect());
        ClusterMonitor monitor = new(primary, replicas, load);
        WaitForLinks(monitor);
        load.Start();
        if (_options.Seconds == null && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi)
        {
            ShowTable(monitor, load);
        }
        else
        {
            PrintLines(monitor, load, _options.Seconds ?? DefaultSeconds);
        }

        return Prove(load);
    }

    private static string NewFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("redouble-demo-").FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string why = failure is FileNotFoundException or DirectoryNotFoundException ? "No such file or directory" : failure.Message;
            throw new DemoException($"cannot make a folder in {Path.GetTempPath()}: {why}");
        }
    }

    private ServerProcess StartServer(string name, IReadOnlyList<string> command, int? primaryPort)
    {
        ServerProcess server = ServerProcess.Start(name, command, Path.Combine(_folder!, name.Replace(' ', '-')), primaryPort);
        _servers.Add(server);
        return server;
    }

    /// <summary>This very program, as it was started: through its own executable, or through `dotnet redouble.dll`.</summary>
    private IReadOnlyList<string> ServerCommand()
    {
        if (_options.ServerCommand != null)
        {
            return _options.ServerCommand.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        string self = Environment.ProcessPath ?? throw new DemoException("cannot tell the path of this program");
        bool hosted = Path.GetFileNameWithoutExtension(self) == "dotnet";
        return hosted ? [self, typeof(DemoCommand).Assembly.Location, "server"] : [self, "server"];
    }

    private void WaitForLinks(ClusterMonitor monitor)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!monitor.AllLinksUp())
        {
            if (_stopping || waited.Elapsed > LinkLimit)
            {
                string why = _stopping ? "stopped before the replicas were connected" : $"the replicas have no link after {LinkLimit.TotalSeconds} s";
                throw new DemoException(why);
            }

            Thread.Sleep(SampleEvery);
        }
    }

    private void ShowTable(ClusterMonitor monitor, WriteLoad load) =>
        AnsiConsole.Live(TableView.Build(monitor.Read(), AnsiConsole.Profile.Width)).Start(display =>
        {
            while (SampleFor(TimeSpan.FromMilliseconds(500), monitor, load))
            {
                display.UpdateTarget(TableView.Build(monitor.Read(), AnsiConsole.Profile.Width));
            }
        });

    private void PrintLines(ClusterMonitor monitor, WriteLoad load, int seconds)
    {
        monitor.Read();
        for (int second = 1; second <= seconds && SampleFor(TimeSpan.FromSeconds(1), monitor, load); second++)
        {
            foreach (NodeStatus row in monitor.Read())
            {
                Console.Out.WriteLine(PlainView.Line(second, row));
            }
        }
    }

    /// <summary>Follows the primary's offset for a while. False when the demo was told to stop, or the writer failed.</summary>
    private bool SampleFor(TimeSpan time, ClusterMonitor monitor, WriteLoad load)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (waited.Elapsed < time && !_stopping && load.Failure == null)
        {
            monitor.Sample();
            Thread.Sleep(SampleEvery);
        }

        return !_stopping && load.Failure == null;
    }

    private int Prove(WriteLoad load)
    {
        long acknowledged = load.StopAndWait(ReplicaCount, WaitLimit);
        if (load.Failure is { } failure)
        {
            throw new DemoException($"writing to the primary failed: {Explain(failure)}");
        }

        List<Holding> holdings = [.. _servers.Select(CopyCheck.Ask)];
        Console.Out.WriteLine($"{load.Written} writes; WAIT {ReplicaCount}: {acknowledged} replicas have them all");
        foreach (Holding holding in holdings)
        {
            Console.Out.WriteLine($"{holding.Node,-9}  {holding.Keys} keys  digest {holding.Digest}");
        }

        bool equal = acknowledged == ReplicaCount && CopyCheck.AllEqual(holdings);
        Console.Out.WriteLine(equal ? "all three hold the same data" : "THE COPIES DIFFER");
        return equal ? 0 : 1;
    }
}
