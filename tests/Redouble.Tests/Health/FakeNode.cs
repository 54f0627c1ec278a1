using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Redouble.Tests.Health;

/// <summary>A server that answers as a test wants it to: for each request of words the bytes to send; null is silence.</summary>
internal sealed class FakeNode : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string[], string?> _answer;
    private readonly bool _drip;
    private readonly List<TcpClient> _clients = [];

    /// <param name="drip">Whether an answer is sent again and again, slowly.</param>
    public FakeNode(Func<string[], string?> answer, bool drip = false)
    {
        _answer = answer;
        _drip = drip;
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>A node that says these lines to every INFO, and that it knows no other command.</summary>
    public static FakeNode Saying(Func<string> info) =>
        new(words => words[0] == "INFO" ? Bulk(info()) : "-ERR unknown command\r\n");

    public static string Bulk(string text) => $"${Encoding.UTF8.GetByteCount(text)}\r\n{text}\r\n";

    public void Dispose()
    {
        _listener.Stop();
        lock (_clients)
        {
            _clients.ForEach(client => client.Dispose());
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                lock (_clients)
                {
                    _clients.Add(client);
                }

                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private void Serve(TcpClient client)
    {
        try
        {
            using StreamReader reader = new(client.GetStream(), Encoding.UTF8);
            while (reader.ReadLine() is { } head)
            {
                string[] words = new string[int.Parse(head[1..])];
                for (int i = 0; i < words.Length; i++)
                {
                    reader.ReadLine();
                    words[i] = reader.ReadLine()!;
                }

                switch (_answer(words))
                {
                    case "close":
                        client.Close();
                        return;
                    case { } reply:
                        do
                        {
                            client.GetStream().Write(Encoding.UTF8.GetBytes(reply));
                            Thread.Sleep(_drip ? 50 : 0);
                        }
                        while (_drip);

                        break;
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The other side, or the test, has gone.
        }
    }
}
