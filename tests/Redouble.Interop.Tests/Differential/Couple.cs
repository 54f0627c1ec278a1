using System.Net.Sockets;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Two connections, one to each server, that are told the same.</summary>
internal sealed class Couple : IDisposable
{
    public Couple(ServerPair pair, int timeoutMs = 10_000)
    {
        Oracle = pair.Oracle.Connect(timeoutMs);
        Subject = pair.Subject.Connect(timeoutMs);
    }

    public RespClient Oracle { get; }

    public RespClient Subject { get; }

    /// <summary>True once a server has closed its connection.</summary>
    public bool Closed { get; private set; }

    /// <summary>Sends to both, then reads both. A closed connection, a time-out or bytes that are no reply become an error reply that says so.</summary>
    public (Reply Oracle, Reply Subject) Exchange(string[] forOracle, string[] forSubject)
    {
        Oracle.Send(forOracle);
        bool sent = TrySend(forSubject);
        Reply expected = Receive(Oracle);
        return (expected, sent ? Receive(Subject) : Reply.Error("(harness) could not send"));
    }

    /// <summary>Housekeeping on both: an error from either is a failure of the test.</summary>
    public void Both(params ReadOnlySpan<string> args)
    {
        Oracle.Must(args);
        Subject.Must(args);
    }

    public void Dispose()
    {
        Oracle.Dispose();
        Subject.Dispose();
    }

    private bool TrySend(string[] args)
    {
        try
        {
            Subject.Send(args);
            return true;
        }
        catch (SocketException)
        {
            Closed = true;
            return false;
        }
    }

    private Reply Receive(RespClient client)
    {
        try
        {
            return client.Read();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Closed = true;
            return Reply.Error("(harness) connection closed");
        }
        catch (Exception e) when (e is TimeoutException or InvalidDataException)
        {
            Closed = true;
            return Reply.Error($"(harness) {e.Message}");
        }
    }
}
