using System.Net;
using System.Net.Sockets;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// Ports for servers, below those that the system gives to outgoing connections (from 32768 on), so that none of these takes the port of a server that
/// is about to start, or is down for a moment. Each is given out once; other processes begin elsewhere.
/// </summary>
internal static class Ports
{
    private const int First = 10_000;
    private const int Count = 22_000;

    private static int _next = Random.Shared.Next(Count);

    /// <summary>A loopback port that was free a moment ago.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // somebody listens there
            }
        }
    }
}
