using System.Globalization;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Tests.Verification;

/// <summary>A primary and a replica in one process, with bytes carried between them turn by turn.</summary>
internal sealed class LinkedPair : IDisposable
{
    private const int RecordsPerTurn = 16;

    private readonly OutputSegment[] _segments = new OutputSegment[16];
    private Session _link = null!;

    public LinkedPair(string[]? primary = null, string[]? replica = null)
    {
        Primary = new EngineNode(["repl-diskless-sync-delay 0", "enable-debug-command yes", .. primary ?? []]);
        Replica = new EngineNode(["replica-read-only no", "enable-debug-command yes", .. replica ?? []]);
    }

    public EngineNode Primary { get; }

    public EngineNode Replica { get; }

    /// <summary>Whether nothing gets from one to the other.</summary>
    public bool IsHeld { get; set; }

    private PrimaryLink Link => Replica.Node.Replication.Protocol.Primary;

    public void Dispose()
    {
        Primary.Dispose();
        Replica.Dispose();
    }

    /// <summary>Follows, and waits until the copy is there.</summary>
    public LinkedPair Follow()
    {
        _link = Primary.Connect();
        Assert.Equal("+OK|", Replica.Do("REPLICAOF primary 6379"));
        Link.OnConnected(Replica.Clock.MonotonicMicroseconds);
        Until(() => Link.IsUp && Primary.Node.Replication.Protocol.Replicas.Links is [{ AwaitsAck: false }], "the link to come up");
        return this;
    }

    /// <summary>The connection breaks.</summary>
    public void Cut()
    {
        Primary.Node.Replication.Forget(_link);
        Link.OnClosed(Replica.Clock.MonotonicMicroseconds, "cut");
    }

    /// <summary>A turn of both.</summary>
    public void Turn()
    {
        Turn(Primary);
        if (!IsHeld) Carry();
        Turn(Replica);
        if (!IsHeld) Carry();
    }

    public void Until(Func<bool> condition, string what)
    {
        for (var turns = 0; !condition(); turns++)
        {
            Assert.True(turns < 20_000, $"waited in vain for {what}");
            Turn();
        }
    }

    /// <summary>Compares; returns the result.</summary>
    public Engine.Verification.VerificationResult Verify()
    {
        Assert.Equal("+Background verification started|", Primary.Do("REDOUBLE VERIFY"));
        UntilVerified();
        return Primary.Node.Verification.Last!;
    }

    public void UntilVerified() => Until(() => !Primary.Node.Verification.IsRunning, "the verification to end");

    /// <summary>What is listed of the only replica: database, name and difference, by name.</summary>
    public static string Differences(Engine.Verification.VerificationResult result) => string.Join(' ', result.Copies[0].Listed
        .Select(key => string.Create(CultureInfo.InvariantCulture, $"{key.Database}/{System.Text.Encoding.Latin1.GetString(key.Name)}:{key.Difference}"))
        .Order(StringComparer.Ordinal));

    public Dictionary<string, string> Info() => Primary.Do("INFO replication").Split('|').Where(line => line.Contains(':', StringComparison.Ordinal))
        .ToDictionary(line => line[..line.IndexOf(':', StringComparison.Ordinal)], line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    private static void Turn(EngineNode node)
    {
        node.Clock.Advance(1);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.EndTurn();
        node.Node.FeedReplicas();
        // The clock stands still: a slice would run to the end of its work.
        if (node.Node.Verification.WantsSlice) node.Node.Verification.Slice(RecordsPerTurn);
        else node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
    }

    private void Carry()
    {
        for (int count; (count = Link.PeekSend(_segments)) > 0;)
        {
            var bytes = Join(count);
            Primary.Feed(_link, bytes);
            Link.OnSent(bytes.Length);
        }

        if (_link.ReplicaLink is not ReplicaLink { IsReplica: true } to)
        {
            Hear(System.Text.Encoding.Latin1.GetBytes(Primary.Take(_link).Replace("|", "\r\n", StringComparison.Ordinal)));
            return;
        }

        for (int count; (count = to.PeekSend(_segments)) > 0;)
        {
            var bytes = Join(count);
            Hear(bytes);
            to.OnSent(bytes.Length, Primary.Clock.MonotonicMicroseconds);
        }

        while (Replica.Node.Replication.HasLoadWork) Replica.Node.EndTurn();
    }

    private byte[] Join(int count)
    {
        var bytes = new List<byte>();
        foreach (var segment in _segments.AsSpan(0, count)) bytes.AddRange(segment.Bytes);
        return [.. bytes];
    }

    private void Hear(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var free = Link.GetReceiveBuffer();
            Assert.False(free.IsEmpty, "The replica does not read.");
            var part = Math.Min(free.Length, bytes.Length);
            bytes[..part].CopyTo(free);
            Link.OnReceived(part, Replica.Clock.MonotonicMicroseconds);
            bytes = bytes[part..];
        }
    }
}
