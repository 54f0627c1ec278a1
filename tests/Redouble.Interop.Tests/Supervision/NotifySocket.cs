using System.Net.Sockets;
using System.Text;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Supervision;

/// <summary>systemd's end of sd_notify(3): the socket that a service sends its states to.</summary>
internal sealed class NotifySocket : IDisposable
{
    private const int LengthMax = 4096;
    private readonly TempDirectory _directory = new("notify");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket()
    {
        _socket.Bind(new UnixDomainSocketEndPoint(_directory["socket"]));
        _socket.ReceiveTimeout = 30_000;
    }

    /// <summary>A command that gives what it runs this socket.</summary>
    public string[] Wrapper => ["env", $"NOTIFY_SOCKET={_directory["socket"]}"];

    /// <summary>What came, one message a datagram.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Receives until a message holds the line.</summary>
    /// <exception cref="SocketException">None came in time.</exception>
    public string WaitFor(string line)
    {
        byte[] buffer = new byte[LengthMax];
        while (true)
        {
            string message = Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
            Messages.Add(message);
            if (message.Split('\n').Contains(line)) return message;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _directory.Dispose();
    }
}
