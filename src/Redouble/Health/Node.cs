using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Redouble.Protocol.Replies;

namespace Redouble.Health;

/// <summary>One node that is asked, its connection, and what it said last; or at which step the question failed, and why.</summary>
internal sealed class Node(NodeAddress address) : IDisposable
{
    private NodeConnection? _connection;

    public NodeAddress Address { get; } = address;

    /// <summary>What the host name stands for; empty while that is not known.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; private set; } = [];

    public InfoFields Info { get; private set; } = new("");

    /// <summary>The step that failed (resolve, connect, AUTH, INFO) and the reason; null when the node answered.</summary>
    public string? Failure { get; private set; }

    /// <summary>The <see cref="Stopwatch"/> time at which the last answer to INFO had come.</summary>
    public long ReadAt { get; private set; }

    public bool IsPrimary => Failure == null && Info["role"] == "master";

    public bool IsReplica => Failure == null && Info["role"] == "slave";

    /// <summary>Its position in the stream: what it has written, or applied.</summary>
    public long Offset => Info.Number(IsReplica ? "slave_repl_offset" : "master_repl_offset") ?? 0;

    /// <summary>resolve → connect → AUTH → INFO, within the time that the options give.</summary>
    public async Task AskAsync(HealthOptions options)
    {
        using CancellationTokenSource end = new(options.Timeout);
        string step = "resolve";
        try
        {
            Addresses = IPAddress.TryParse(Address.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(Address.Host, end.Token);
            step = "connect";
            _connection = await NodeConnection.OpenAsync(Addresses, Address.Port, end.Token);
            step = "AUTH";
            await LogInAsync(options, end.Token);
            step = "INFO";
            Info = new InfoFields(await InfoAsync(["INFO"], end.Token));
            Failure = Info["role"] is "master" or "slave" ? null : WrongRole();
        }
        catch (OperationCanceledException)
        {
            Failure = $"{step}: no answer within {options.Timeout.TotalSeconds} s";
        }
        catch (Exception failure) when (failure is SocketException or IOException or ArgumentException)
        {
            // A name that is no name at all is an argument to the resolver.
            Failure = $"{step}: {failure.Message}";
        }
    }

    /// <summary>Asks for the section again. False, and the node is left as it was, when no good answer comes in time.</summary>
    public async Task<bool> AskAgainAsync(TimeSpan timeout)
    {
        using CancellationTokenSource end = new(timeout);
        try
        {
            Info.Merge(await InfoAsync(["INFO", "replication"], end.Token));
            return true;
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>The seconds since each of its replicas connected, in the order of its slave lines; null when it does not tell.</summary>
    public async Task<long[]?> ReplicaAgesAsync(TimeSpan timeout)
    {
        using CancellationTokenSource end = new(timeout);
        try
        {
            RespValue reply = await _connection!.CallAsync(["CLIENT", "LIST", "TYPE", "replica"], end.Token);
            string[] lines = reply.IsError ? [] : reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            long[] ages = [.. lines.SelectMany(line => line.Split(' ')).Where(word => word.StartsWith("age=", StringComparison.Ordinal))
                .Select(word => long.TryParse(word.AsSpan(4), out long age) ? age : -1)];
            return ages.Length == Info.Lines("slave").Count() ? ages : null;
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or IOException)
        {
            return null;
        }
    }

    /// <summary>Whether this node is the one that another calls by this host and port.</summary>
    public bool Is(string? host, long? port) =>
        port == Address.Port && host != null
        && (string.Equals(host, Address.Host, StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? ip) && Addresses.Contains(ip)));

    public void Dispose() => _connection?.Dispose();

    private async Task LogInAsync(HealthOptions options, CancellationToken end)
    {
        if (options.Password == null)
        {
            return;
        }

        RespValue reply = await _connection!.CallAsync(options.User == null ? ["AUTH", options.Password] : ["AUTH", options.User, options.Password], end);
        bool needsNone = reply.IsError && (reply.Text.Contains("without any password configured", StringComparison.Ordinal)
            || reply.Text.Contains("no password is set", StringComparison.Ordinal));
        if (reply.IsError && !needsNone)
        {
            throw new IOException(Clipped(reply.Text));
        }
    }

    private async Task<string> InfoAsync(string[] words, CancellationToken end)
    {
        RespValue reply = await _connection!.CallAsync(words, end);
        ReadAt = Stopwatch.GetTimestamp();
        return reply.Type switch
        {
            RespType.Bulk when !reply.IsNull => reply.Text,
            RespType.Error => throw new IOException(Clipped(reply.Text)),
            _ => throw new IOException($"the answer is no INFO: {Clipped(reply.ToString())}"),
        };
    }

    private string WrongRole() => Info["redis_mode"] == "sentinel" ? "INFO: it is a Sentinel, which holds no data" : "INFO: the answer tells no role";

    /// <summary>Some errors are whole paragraphs.</summary>
    private static string Clipped(string text) => Format.Printable(text.Length <= 120 ? text : text[..117] + "...");
}
