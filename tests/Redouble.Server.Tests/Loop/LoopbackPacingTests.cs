using System.Net;
using Redouble.Server.Loop;
using Redouble.Server.Polling;
using Redouble.Server.Tests.Polling;

namespace Redouble.Server.Tests.Loop;

public sealed class LoopbackPacingTests
{
    /// <summary>Where the kernel has BBR, it is the system's here; where it has not, nothing may be changed.</summary>
    [Fact]
    public void WhoConnectsWithinTheMachineIsNotPacedAndOthersAreAsTheSystemSays()
    {
        using var sockets = new Sockets();
        var paces = SocketOptions.SetCongestionControl(sockets.Listener, "bbr").IsDone;
        var system = Congestion(sockets.Listener);
        var kept = LoopbackPacing.Prepare(sockets.Listener, IPAddress.Any);
        Assert.Equal(paces ? system : null, kept);
        Assert.Equal(paces ? "reno" : system, Congestion(sockets.Listener));

        using var client = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        var address = sockets.Address;
        client.Connect(IPAddress.Loopback, address.Port);
        var accepted = Sockets.Must(Sockets.Until(() => SocketCalls.Accept(sockets.Listener, out _)));
        LoopbackPacing.Admit(accepted, kept, isLoopback: true);
        Assert.Equal(Congestion(sockets.Listener), Congestion(accepted));
        LoopbackPacing.Admit(accepted, kept, isLoopback: false);
        Assert.Equal(system, Congestion(accepted));
        SocketCalls.Close(accepted);
    }

    [Theory]
    [InlineData("reno", "127.0.0.1")] // does not pace
    [InlineData("bbr", "192.0.2.1")] // nobody of this machine connects there over loopback
    public void OtherListenersAreLeftAsTheyAre(string congestion, string address)
    {
        using var sockets = new Sockets();
        SocketOptions.SetCongestionControl(sockets.Listener, congestion);
        var before = Congestion(sockets.Listener);
        Assert.Null(LoopbackPacing.Prepare(sockets.Listener, IPAddress.Parse(address)));
        Assert.Equal(before, Congestion(sockets.Listener));
    }

    [Fact]
    public void ACongestionControlThatIsNotThereIsAnError()
    {
        using var sockets = new Sockets();
        Assert.False(SocketOptions.SetCongestionControl(sockets.Listener, "none-such").IsDone);
    }

    private static string Congestion(int descriptor)
    {
        Sockets.Must(SocketOptions.GetCongestionControl(descriptor, out var name));
        return name;
    }
}
