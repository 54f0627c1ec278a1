using System.Net;
using System.Runtime.Versioning;
using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class SocketCallsTests
{
    [Fact]
    public void BytesGoThrough()
    {
        using var pair = new Sockets();
        var buffer = new byte[16];
        Assert.Equal(IoStatus.WouldBlock, SocketCalls.Receive(pair.Server, buffer).Status);
        Assert.Equal(5, SocketCalls.Send(pair.Client, "hello"u8).Count);
        Assert.Equal(5, Sockets.Until(() => SocketCalls.Receive(pair.Server, buffer)).Count);
        Assert.Equal("hello"u8.ToArray(), buffer[..5]);
        Sockets.Must(SocketCalls.ShutdownSend(pair.Client));
        Assert.Equal(IoStatus.Closed, Sockets.Until(() => SocketCalls.Receive(pair.Server, buffer)).Status);
        Assert.Equal(2, SocketCalls.Send(pair.Server, "ok"u8).Count);
        Assert.Equal(2, Sockets.Until(() => SocketCalls.Receive(pair.Client, buffer)).Count);
        Assert.Throws<ArgumentException>(() => SocketCalls.Receive(pair.Client, default));
    }

    [Fact]
    public void AFullSocketTakesAPartAndThenNone()
    {
        using var pair = new Sockets();
        var large = new byte[64 << 20];
        var first = SocketCalls.Send(pair.Client, large);
        Assert.True(first.IsDone);
        Assert.InRange(first.Count, 1, large.Length - 1);
        IoResult next;
        var sent = (long)first.Count;
        while ((next = SocketCalls.Send(pair.Client, large)).IsDone) sent += next.Count;
        Assert.Equal(IoStatus.WouldBlock, next.Status);
        var received = 0L;
        while (received < sent) received += Sockets.Until(() => SocketCalls.Receive(pair.Server, large)).Count;
        Assert.Equal(sent, received);
    }

    [Fact]
    public void AResetIsAnErrorWithText()
    {
        using var pair = new Sockets();
        Sockets.Must(SocketCalls.Send(pair.Server, "unread"u8));
        Sockets.Until(() => SocketCalls.Receive(pair.Client, new byte[1])); // the rest stays unread, so that closing resets
        pair.CloseClient();
        var result = Sockets.Until(() => SocketCalls.Receive(pair.Server, new byte[1]));
        Assert.Equal((IoStatus.Error, Errno.ConnectionReset, "Connection reset by peer"), (result.Status, result.Errno, result.ErrorText));
        result = SocketCalls.Send(pair.Server, "x"u8); // and the process survives, without SIGPIPE
        Assert.Equal((IoStatus.Error, Errno.BrokenPipe), (result.Status, result.Errno));
    }

    [Fact]
    public void ARefusedConnectTellsSo()
    {
        int closedPort;
        using (var pair = new Sockets()) closedPort = pair.Address.Port;
        var address = NativeAddress.FromIp(IPAddress.Loopback, closedPort);
        var client = Sockets.Must(SocketCalls.Open(address));
        var result = SocketCalls.Connect(client, address);
        if (result.Status == IoStatus.WouldBlock)
        {
            using var poller = new EpollPoller();
            Sockets.Must(poller.Add(client, 1, PollInterest.Write));
            Assert.Equal(1, poller.Wait(10_000_000, new PollEvent[1]));
            result = SocketCalls.TakeError(client);
        }

        Assert.Equal((Errno.ConnectionRefused, "Connection refused"), (result.Errno, result.ErrorText));
        SocketCalls.Close(client);
    }

    [Fact]
    public void AddressesAreTold()
    {
        using var pair = new Sockets();
        Sockets.Must(SocketCalls.LocalAddress(pair.Client, out var own));
        Sockets.Must(SocketCalls.PeerAddress(pair.Client, out var peer));
        Assert.Equal(own.ToString(), pair.Peer.ToString());
        Assert.Equal($"127.0.0.1:{pair.Address.Port}", peer.ToString());
        Assert.Equal(("127.0.0.1", pair.Address.Port, false), (peer.Host, peer.Port, peer.IsUnix));
        Assert.Equal(Errno.NotConnected, SocketCalls.PeerAddress(pair.Listener, out _).Errno);
    }

    [Fact]
    public void AddressesInText()
    {
        Assert.Equal("[::1]:6379", NativeAddress.FromIp(IPAddress.IPv6Loopback, 6379).ToString());
        Assert.Equal("10.1.2.3:65535", NativeAddress.FromIp(IPAddress.Parse("10.1.2.3"), 65535).ToString());
        Assert.True(NativeAddress.TryFromUnixPath("/run/a.sock", out var unix));
        Assert.Equal(("/run/a.sock:0", true), (unix.ToString(), unix.IsUnix));
        Assert.True(NativeAddress.TryFromUnixPath(new string('a', 107), out _));
        Assert.False(NativeAddress.TryFromUnixPath(new string('a', 108), out _));
        Assert.False(NativeAddress.TryFromUnixPath("", out _));
        Assert.Equal((0, 0, ""), (default(NativeAddress).Family, default(NativeAddress).Port, default(NativeAddress).Host));
    }

    [Fact]
    public void IPv6WorksWhereThereIsIPv6()
    {
        var address = NativeAddress.FromIp(IPAddress.IPv6Loopback, 0);
        var probe = SocketCalls.OpenListener(address, 1);
        if (!probe.IsDone)
        {
            Assert.Contains(probe.Errno, new[] { 97, Errno.AddressNotAvailable }); // the machine has none
            return;
        }

        SocketCalls.Close(probe.Count);
        using var pair = new Sockets(address);
        Assert.Equal($"[::1]:{pair.Address.Port}", pair.Address.ToString());
        Assert.StartsWith("[::1]:", pair.Peer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void APortInUseIsAnError()
    {
        using var pair = new Sockets();
        var second = SocketCalls.OpenListener(pair.Address, 16);
        Assert.Equal((Errno.AddressInUse, "Address already in use"), (second.Errno, second.ErrorText));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void UnixSocketsHaveTheirPermissionAndReplaceALeftOver()
    {
        var path = Path.Combine(Path.GetTempPath(), $"redouble-{Guid.NewGuid():N}.sock");
        Assert.True(NativeAddress.TryFromUnixPath(path, out var address));
        SocketCalls.Close(Sockets.Must(SocketCalls.OpenListener(address, 16)));
        Assert.True(File.Exists(path));
        SocketCalls.Close(Sockets.Must(SocketCalls.OpenListener(address, 16, unixPermission: 0b111_000_000)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        using (var pair = new Sockets(address))
        {
            Assert.Equal(path + ":0", pair.Address.ToString());
            Assert.Equal(":0", pair.Peer.ToString());
            Sockets.Must(SocketCalls.Send(pair.Client, "x"u8));
            Assert.Equal(1, Sockets.Until(() => SocketCalls.Receive(pair.Server, new byte[4])).Count);
        }

        Sockets.Must(SocketCalls.RemoveFile(path));
        Assert.Equal(Errno.NoEntry, SocketCalls.RemoveFile(path).Errno);
    }

    [Fact]
    public void OptionsAreSet()
    {
        using var pair = new Sockets();
        Sockets.Must(SocketOptions.SetNoDelay(pair.Server));
        Sockets.Must(SocketOptions.SetKeepAlive(pair.Server, 300));
        Sockets.Must(SocketOptions.SetSendBuffer(pair.Server, 65536));
        Assert.Equal(1, Option(6, 1));
        Assert.Equal(1, Option(1, 9));
        Assert.Equal((300, 100, 3), (Option(6, 4), Option(6, 5), Option(6, 6)));
        Assert.True(Option(1, 7) >= 65536);
        Sockets.Must(SocketOptions.SetKeepAlive(pair.Server, 2));
        Assert.Equal((2, 1, 3), (Option(6, 4), Option(6, 5), Option(6, 6)));
        Sockets.Must(SocketOptions.SetKeepAlive(pair.Server, 0));
        Assert.Equal(0, Option(1, 9));
        Assert.Equal(Errno.BadDescriptor, SocketOptions.SetNoDelay(-1).Errno);

        int Option(int level, int name)
        {
            Sockets.Must(SocketOptions.Get(pair.Server, level, name, out var value));
            return value;
        }
    }

    [Fact]
    public void ResultsKeepTheirKinds()
    {
        Assert.Equal((IoStatus.Done, 7, 0, "7"), Parts(IoResult.Done(7)));
        Assert.Equal((IoStatus.WouldBlock, 0, 0, "WouldBlock"), Parts(IoResult.WouldBlock));
        Assert.Equal((IoStatus.Closed, 0, 0, "Closed"), Parts(IoResult.Closed));
        Assert.Equal((IoStatus.Error, 0, 2, "No such file or directory"), Parts(IoResult.Error(2)));
        Assert.Equal(IoStatus.WouldBlock, IoResult.Error(Errno.Again).Status);
        Assert.True(IoResult.Done(1) == IoResult.Done(1) && IoResult.Done(1) != IoResult.Closed);

        static (IoStatus, int, int, string) Parts(IoResult result) => (result.Status, result.Count, result.Errno, result.ToString());
    }
}
