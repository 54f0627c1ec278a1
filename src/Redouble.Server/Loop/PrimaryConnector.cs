using Redouble.Engine;
using Redouble.Server.Polling;

namespace Redouble.Server.Loop;

/// <summary>Drives the link to the primary over a socket.</summary>
internal sealed class PrimaryConnector(Node node, IPoller poller)
{
    public void Open(string host, int port) => throw new InvalidOperationException($"{host}:{port} {node} {poller}");

    public void Close()
    {
    }

    public void Serve(PollInterest ready)
    {
    }

    public void Drive(long now)
    {
    }
}
