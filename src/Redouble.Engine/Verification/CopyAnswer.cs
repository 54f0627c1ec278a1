using Redouble.Replication.Replica;
using Redouble.Replication.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Verification;

/// <summary>
/// Replica side: what the primary is told about one of its marks. At the mark an epoch starts; its digests are told as acknowledgements are, never more
/// at a time than the connection takes.
/// </summary>
internal sealed class CopyAnswer : IKeyDigestSink
{
    private const long UnsentBytesMax = 128 << 10;
    private const long ProgressEvery = 1_000_000; // microseconds

    private readonly Node _node;
    private readonly ulong _id;
    private readonly BucketSet? _asked;
    private readonly BucketDigests _own = new();
    private readonly VerifyMessage _message = new();
    private readonly VerifyMessage _keys = new();
    private readonly DigestEpoch? _epoch;
    private int _bucketsTold;
    private long _keysTold;
    private long _toldAt;
    private bool _isTold;

    /// <summary>Starts it at the mark.</summary>
    public CopyAnswer(Node node, ulong id, BucketSet? asked, string? refusal)
    {
        _node = node;
        _id = id;
        _asked = asked;
        if (refusal != null)
        {
            Refuse(refusal);
            return;
        }

        _keys.Begin(VerifyMessageKind.Keys, id);
        _epoch = new DigestEpoch(node.Keyspace, this);
        TellCount(VerifyMessageKind.Begun, _epoch.Progress.Total);
    }

    /// <summary>Whether there is nothing more to do.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether a slice would get it on.</summary>
    public bool WantsSlice => !IsFinished && Link.UnsentBytes < UnsentBytesMax;

    private long KeysMax => _node.Verification.KeysToldMax;

    private PrimaryLink Link => _node.Replication.Protocol.Primary;

    /// <summary>Goes on by about so many records, or a message.</summary>
    public void Slice(int records)
    {
        if (!Link.IsUp)
        {
            End();
            return;
        }

        if (_isTold) End(); // one slice later: the loop does not go to sleep before the last message is sent
        else if (!_epoch!.IsFinished) Walk(records);
        else if (_asked != null) EndKeys();
        else TellBuckets();
    }

    /// <summary>Between units: digests what writers have saved, and keeps within a limit.</summary>
    public void KeepWithin(long bytes)
    {
        if (IsFinished || _epoch == null) return;
        _epoch.DrainIfLarge();
        if (_epoch.Loss is { } loss) GiveWay(loss);
        else if (_epoch.Bytes > bytes) GiveWay($"{_epoch.Bytes} bytes wait in memory, snapshot-buffer-limit is {bytes}");
    }

    /// <summary>Breaks off, and says why.</summary>
    public void GiveWay(string reason)
    {
        if (IsFinished || _isTold) return;
        _epoch?.Abandon();
        if (Link.IsUp) Refuse(reason);
        else IsFinished = true;
    }

    public void Take(in KeyDigest digest)
    {
        if (_asked == null)
        {
            _own.Take(digest);
            return;
        }

        if (!_asked.Contains(KeyBuckets.Of(digest.Key)) || _keysTold > KeysMax) return;
        _keysTold++;
        var key = new VerifiedKey
        {
            Database = digest.Database,
            Identity = digest.Identity,
            ExpireAtMs = digest.ExpireAtMs,
            Value = digest.Value,
            Name = digest.Key,
        };
        if (_keys.TryAppendKey(key)) return;
        Tell(_keys);
        _keys.Begin(VerifyMessageKind.Keys, _id);
        _keys.TryAppendKey(key);
    }

    private void Walk(int records)
    {
        _epoch!.Step(records);
        if (_node.Parts.Clock.MonotonicMicroseconds - _toldAt >= ProgressEvery) TellCount(VerifyMessageKind.Progress, _epoch.Progress.Done);
    }

    private void TellBuckets()
    {
        if (_bucketsTold == KeyBuckets.Count)
        {
            TellDone();
            return;
        }

        _message.Begin(VerifyMessageKind.Buckets, _id);
        _message.AppendBuckets(_bucketsTold, _own.Sums.AsSpan(_bucketsTold, VerifyMessage.BucketsMax));
        _bucketsTold += VerifyMessage.BucketsMax;
        Tell(_message);
    }

    private void EndKeys()
    {
        if (!_keys.IsEmpty) Tell(_keys);
        if (_keysTold > KeysMax) Refuse($"more than {KeysMax} keys{VerificationWords.InBuckets}");
        else TellDone();
    }

    private void TellDone()
    {
        _message.Begin(VerifyMessageKind.Done, _id);
        Tell(_message);
        _isTold = true;
    }

    private void Refuse(string reason)
    {
        _message.Begin(VerifyMessageKind.Refused, _id);
        _message.AppendText(System.Text.Encoding.Latin1.GetBytes(reason));
        Tell(_message);
        _isTold = true;
    }

    private void TellCount(VerifyMessageKind kind, long count)
    {
        _message.Begin(kind, _id);
        _message.AppendCount(count);
        Tell(_message);
    }

    private void Tell(VerifyMessage message)
    {
        _toldAt = _node.Parts.Clock.MonotonicMicroseconds;
        Link.SendVerification(message.Bytes);
    }

    private void End()
    {
        _epoch?.Abandon();
        IsFinished = true;
    }
}
