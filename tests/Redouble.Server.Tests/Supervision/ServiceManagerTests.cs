using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;
using Redouble.Server.Rehearsal;
using Redouble.Server.Supervision;

namespace Redouble.Server.Tests.Supervision;

public sealed class ServiceManagerTests : IDisposable
{
    private const long Second = 1_000_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly ServerLog _log = new() { Level = ConfigLogLevel.Nothing };
    private readonly RehearsalNode _node = new(new MemoryFiles());

    private string Path => System.IO.Path.Combine(_directory, "notify");

    public void Dispose()
    {
        _node.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Each turn of the loop tried again, and threw: a request cost twice as much, for as long as the server ran.</summary>
    [Fact]
    public void Where_nobody_listens_it_is_told_again_a_second_later()
    {
        using var manager = ServiceManager.Meet(SupervisedMode.Systemd, _ => Path, _log)!;
        long now = 5 * Second;
        Assert.Equal(1, Failures(turns: 100));
        for (var second = 0; second < 3; second++)
        {
            now += Second - 1;
            Assert.Equal(0, Failures(turns: 100));
            now += 1;
            Assert.Equal(1, Failures(turns: 100));
        }

        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(Path));
        now += Second;
        Assert.Equal(0, Failures(turns: 100));
        var buffer = new byte[1000];
        Assert.Equal("READY=1\nSTATUS=Ready to accept connections\n", Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)));
        Assert.Equal(0, systemd.Available);

        int Failures(int turns)
        {
            var (failures, thread) = (0, Environment.CurrentManagedThreadId);
            AppDomain.CurrentDomain.FirstChanceException += Count;
            for (var i = 0; i < turns; i++) manager.Report(_node.Node, now);
            AppDomain.CurrentDomain.FirstChanceException -= Count;
            return failures;

            void Count(object? sender, FirstChanceExceptionEventArgs thrown)
            {
                if (thrown.Exception is SocketException && Environment.CurrentManagedThreadId == thread) failures++;
            }
        }
    }
}
