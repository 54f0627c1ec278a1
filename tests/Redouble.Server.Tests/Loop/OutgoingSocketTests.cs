using Redouble.Server.Loop;
using Redouble.Server.Rehearsal;
using Redouble.Server.Threads;

namespace Redouble.Server.Tests.Loop;

public sealed class OutgoingSocketTests
{
    /// <summary>A replica may tell any number as its listening-port, and a primary any master_port.</summary>
    [Theory]
    [InlineData(65536)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void A_number_that_is_no_port_is_a_failure(int port)
    {
        using var poller = new RecordingPoller();
        using var node = new RehearsalNode(new MemoryFiles());
        var socket = new OutgoingSocket(poller, new NameResolver(poller.Wake), node.Node.Config);
        socket.Open("127.0.0.1", port, token: 1);
        Assert.Equal($"{port} is no port", socket.Failure);
        Assert.Equal((false, false, 0), (socket.IsOpen, socket.IsConnecting, poller.Count));
        socket.Close();
        Assert.Null(socket.Failure);
    }
}
