using System.Diagnostics;
using System.Net;
using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

/// <summary>A connected pair of loopback sockets, and the listener that made it.</summary>
internal sealed class Sockets : IDisposable
{
    public Sockets(NativeAddress? address = null)
    {
        Listener = Must(SocketCalls.OpenListener(address ?? NativeAddress.FromIp(IPAddress.Loopback, 0), 16));
        Must(SocketCalls.LocalAddress(Listener, out var local));
        Address = local;
        Client = Must(SocketCalls.Open(local));
        Assert.Contains(SocketCalls.Connect(Client, local).Status, new[] { IoStatus.Done, IoStatus.WouldBlock });
        Server = Until(() => SocketCalls.Accept(Listener, out Peer)).Count;
        Assert.Equal(IoResult.Done(0), SocketCalls.TakeError(Client));
    }

    public NativeAddress Peer;

    public int Listener { get; }

    public int Client { get; set; }

    public int Server { get; set; }

    public NativeAddress Address { get; }

    public static int Must(IoResult result)
    {
        Assert.True(result.IsDone, result.ToString());
        return result.Count;
    }

    /// <summary>Repeats a call while it would block, at most ten seconds.</summary>
    public static IoResult Until(Func<IoResult> call)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var result = call();
            if (result.Status != IoStatus.WouldBlock) return result;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "still blocked");
            Thread.Sleep(1);
        }
    }

    public void CloseClient()
    {
        SocketCalls.Close(Client);
        Client = -1;
    }

    public void Dispose()
    {
        if (Client >= 0) SocketCalls.Close(Client);
        if (Server >= 0) SocketCalls.Close(Server);
        SocketCalls.Close(Listener);
    }
}
