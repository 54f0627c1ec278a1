using System.Net.Sockets;
using System.Text;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;

namespace Redouble.Server.Tests.Logging;

/// <summary>Lines as syslog(3) sends them.</summary>
public sealed class SystemLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(SyslogFacility.User, ConfigLogLevel.Debug, 15)]
    [InlineData(SyslogFacility.Local0, ConfigLogLevel.Verbose, 134)]
    [InlineData(SyslogFacility.Local0, ConfigLogLevel.Notice, 133)]
    [InlineData(SyslogFacility.Local7, ConfigLogLevel.Warning, 188)]
    public void A_line_has_its_priority_its_time_and_who_sent_it(SyslogFacility facility, ConfigLogLevel level, int priority)
    {
        using var daemon = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        daemon.Bind(new UnixDomainSocketEndPoint(Path));
        using var log = new SystemLog("redis", facility, Path);
        log.Write(level, "Server initialized");
        var buffer = new byte[1024];
        var line = Encoding.UTF8.GetString(buffer, 0, daemon.Receive(buffer));
        const string months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
        Assert.Matches($@"^<{priority}>({months}) [ 123]\d \d\d:\d\d:\d\d redis\[{Environment.ProcessId}\]: Server initialized$", line);
    }

    [Fact]
    public void Without_a_daemon_lines_are_lost_and_nothing_else()
    {
        using var log = new SystemLog("redis", SyslogFacility.User, Path);
        log.Write(ConfigLogLevel.Warning, "nobody hears this");
        using var daemon = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        daemon.Bind(new UnixDomainSocketEndPoint(Path));
        log.Write(ConfigLogLevel.Warning, "this");
        var buffer = new byte[1024];
        Assert.EndsWith("]: this", Encoding.UTF8.GetString(buffer, 0, daemon.Receive(buffer)), StringComparison.Ordinal);
    }
}
