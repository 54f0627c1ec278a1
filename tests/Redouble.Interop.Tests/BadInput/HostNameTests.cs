using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>A primary given by name: the name resolves, does not, or takes the resolver's time. Clients are served all the while.</summary>
[Collection(Lanes.Links)]
public sealed class HostNameTests
{
    [RedoubleFact]
    public void ANameIsResolved() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        primary.Once("SET", "k", "v");
        ServerProcess replica = s.Subject("replica");
        replica.Once("REPLICAOF", "localhost", primary.Port.ToString());
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal("localhost", replica.Info("replication")["master_host"]);
    });

    [RedoubleTheory]
    [InlineData("no-such-name.invalid")]
    [InlineData("a name with blanks")]
    [InlineData("\u0001\u00ff")]
    [InlineData("long")]
    public void ANameThatDoesNotResolveIsSaidSo(string name) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return; // Redis 7.0 tells only "down".
        }

        ServerProcess replica = s.Subject("replica");
        replica.Once("REPLICAOF", name == "long" ? new string('n', 5000) : name, "6379");
        Poll.Until(
            "the failed step in INFO",
            () => replica.Info("replication")["master_link_last_error"].StartsWith("resolve: Unable to connect to MASTER: the name", StringComparison.Ordinal),
            15_000,
            () => replica.Once("INFO", "replication").String);
        Assert.Equal("+PONG", replica.Once("PING").ToString());
        ServerProcess primary = s.Subject("primary");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
    });

    [RedoubleFact]
    public void ASlowResolverHoldsUpNeitherClientsNorAnotherPrimary() => Scenario.Run(s =>
    {
        // A name server that takes every question and answers none, put into the server's own view of /etc/resolv.conf.
        using var silence = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (Peers.SelfTest || !Peers.IsRoot || !TryBind(silence))
        {
            return;
        }

        using var directory = new TempDirectory("resolver");
        File.WriteAllText(directory["resolv.conf"], $"nameserver {((IPEndPoint)silence.LocalEndPoint!).Address}\noptions timeout:20 attempts:2\n");
        string[] wrapper =
        [
            "unshare", "--mount", "--", "/bin/sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", directory["resolv.conf"],
        ];
        if (!CanWrap(wrapper))
        {
            return;
        }

        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.CreateUnder(wrapper, "replica").Start();
        replica.Once("REPLICAOF", "slow.example.com", "6379");
        Assert.True(silence.Poll(5_000_000, SelectMode.SelectRead), "the name server was not asked");
        using RespClient client = replica.Connect(2000);
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < 1000;)
        {
            Assert.Equal("+PONG", client.Call("PING").ToString());
        }

        Assert.Equal("connect", client.Call("ROLE")[3].String.Replace("connecting", "connect", StringComparison.Ordinal));
        replica.Follow(primary.Port);
        Link.WaitUp(replica, 5000);
        replica.Once("REPLICAOF", "slow.example.com", "6379");
        replica.Once("REPLICAOF", "NO", "ONE");
        Assert.Equal("+OK", client.Call("SET", "k", "v").ToString());
    });

    private static bool TryBind(Socket socket)
    {
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.53.53.53"), 53));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool CanWrap(string[] wrapper)
    {
        using Process process = Process.Start(new ProcessStartInfo(wrapper[0], [.. wrapper[1..], "true"]) { RedirectStandardError = true })!;
        return process.WaitForExit(5000) && process.ExitCode == 0;
    }
}
