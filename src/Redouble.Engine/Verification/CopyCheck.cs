using System.Text;
using Redouble.Replication.Primary;
using Redouble.Replication.Verification;

namespace Redouble.Engine.Verification;

/// <summary>Primary side: one replica in a verification, what it has told and how that differs.</summary>
public sealed class CopyCheck
{
    /// <summary>Differing keys whose names are kept.</summary>
    public const int ListedMax = 100;

    private const long UnreadBytesMax = 64 << 20;

    private readonly ulong[] _sums = new ulong[KeyBuckets.Count];
    private readonly Queue<byte[]> _unread = new();
    private readonly List<DifferingKey> _listed = [];
    private readonly BucketSet _left = new(); // buckets that differ and whose keys have not been compared
    private long _unreadBytes;
    private int _bucketsTold;
    private bool[] _seen = [];
    private (long Keys, int Listed) _ended; // differences of rounds that came to their end: one that is begun again finds its own again

    internal CopyCheck(ReplicaLink link, long now)
    {
        Link = link;
        Address = link.Address;
        Port = link.Options.ListeningPort;
        HeardAt = now;
    }

    /// <summary>Where it is, as in INFO.</summary>
    public string Address { get; }

    /// <summary>The port that it listens on.</summary>
    public long Port { get; }

    /// <summary>How far it is.</summary>
    public CopyState State { get; private set; }

    /// <summary>Why it refused.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Whether it would not because it was taking a snapshot, which has an end.</summary>
    public bool IsBusy => State == CopyState.Refused && Reason.StartsWith(VerificationWords.Snapshot, StringComparison.Ordinal);

    /// <summary>Whether there were more keys of its in the buckets than can be compared at once.</summary>
    public bool HasTooManyKeys => State == CopyState.Refused && Reason.EndsWith(VerificationWords.InBuckets, StringComparison.Ordinal);

    /// <summary>Offset at which its buckets were, or are to be, compared.</summary>
    public long Offset { get; internal set; }

    /// <summary>Keys that it has digested, and in all.</summary>
    public (long Done, long Total) Progress { get; private set; }

    /// <summary>Whether its buckets have been compared.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>Buckets that differed.</summary>
    public int DifferingBuckets { get; private set; }

    /// <summary>Of these, those whose keys have not been compared: differing keys are not counted in them.</summary>
    public int UnexaminedBuckets => _left.Count;

    /// <summary>Keys that differed.</summary>
    public long DifferingKeys { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<DifferingKey> Listed => _listed;

    internal ReplicaLink Link { get; }

    /// <summary>When it said something last, monotonic microseconds.</summary>
    internal long HeardAt { get; set; }

    internal bool IsSettled => State is not (CopyState.Waiting or CopyState.Walking);

    internal bool HasUnread => _unread.Count > 0;

    internal BucketSet Left => _left;

    /// <summary>A mark has been set: what it said about an earlier one is forgotten.</summary>
    internal void Await(long now)
    {
        State = CopyState.Waiting;
        Reason = "";
        Progress = default;
        HeardAt = now;
        _bucketsTold = 0;
        _unread.Clear();
        _unreadBytes = 0;
        _seen = [];
        DifferingKeys = _ended.Keys;
        _listed.RemoveRange(_ended.Listed, _listed.Count - _ended.Listed);
    }

    internal void Leave(CopyState state, string reason = "")
    {
        if (!IsSettled) (State, Reason) = (state, reason);
    }

    /// <summary>It says something about the present mark.</summary>
    internal void OnMessage(VerifyMessageKind kind, ReadOnlySpan<byte> content, bool asksForKeys, long now)
    {
        if (IsSettled) return;
        HeardAt = now;
        var isValid = kind switch
        {
            VerifyMessageKind.Begun or VerifyMessageKind.Progress => TryNoteProgress(kind, content),
            VerifyMessageKind.Buckets => !asksForKeys && TryNoteBuckets(content),
            VerifyMessageKind.Keys => asksForKeys && Keep(content),
            VerifyMessageKind.Done => asksForKeys || _bucketsTold == KeyBuckets.Count,
            VerifyMessageKind.Refused => true,
            _ => false,
        };
        if (!isValid) Leave(CopyState.Refused, "it says what makes no sense");
        else if (_unreadBytes > UnreadBytesMax) Leave(CopyState.Refused, $"more than {UnreadBytesMax} bytes of keys{VerificationWords.InBuckets}");
        else if (kind == VerifyMessageKind.Done) (State, Progress) = (CopyState.Answered, (Progress.Total, Progress.Total));
        else if (kind == VerifyMessageKind.Refused) Leave(CopyState.Refused, Encoding.Latin1.GetString(content[..Math.Min(content.Length, 256)]));
    }

    /// <summary>Compares the buckets.</summary>
    internal void Compare(BucketDigests own)
    {
        if (State != CopyState.Answered || IsCompared) return;
        IsCompared = true;
        for (var bucket = 0; bucket < KeyBuckets.Count; bucket++)
        {
            if (own.Sums[bucket] != _sums[bucket]) _left.Add(bucket);
        }

        DifferingBuckets = _left.Count;
    }

    /// <summary>Compares some of the keys that it has told.</summary>
    internal void CompareKeys(KeyList own)
    {
        if (_seen.Length == 0) _seen = new bool[Math.Max(1, own.Count)];
        if (!_unread.TryDequeue(out var bytes)) return;
        _unreadBytes -= bytes.Length;
        if (own.IsCut) return; // what is not in it may be here nevertheless: its buckets stay unexamined
        ReadOnlySpan<byte> content = bytes;
        while (VerifyMessage.TryReadKey(ref content, out var key))
        {
            var place = own.Find(key.Identity);
            if (place < 0)
            {
                Note(key, KeyDifference.Extra);
                continue;
            }

            _seen[place] = true;
            var mine = own[place];
            if (mine.Value != key.Value) Note(key, KeyDifference.Value);
            else if (mine.ExpireAtMs != key.ExpireAtMs) Note(key, KeyDifference.Expiry);
        }
    }

    /// <summary>All keys that it has told of these buckets were compared: what is left is missing.</summary>
    internal void EndKeys(KeyList own, BucketSet asked)
    {
        if (State != CopyState.Answered || own.IsCut) return;
        for (var place = 0; place < own.Count; place++)
        {
            if (_seen.Length == 0 || !_seen[place]) Note(own[place], KeyDifference.Missing);
        }

        for (var bucket = 0; bucket < KeyBuckets.Count; bucket++)
        {
            if (asked.Contains(bucket)) _left.Remove(bucket);
        }

        _ended = (DifferingKeys, _listed.Count);
    }

    private void Note(in VerifiedKey key, KeyDifference difference)
    {
        // Where it is asked for because of another copy only, it has been counted, or did not differ. A name that is cut does not tell its bucket.
        if (key.Name.Length < VerifyMessage.NameMax && !_left.Contains(KeyBuckets.Of(key.Name))) return;
        DifferingKeys++;
        if (_listed.Count < ListedMax) _listed.Add(new DifferingKey(key.Database, key.Name.ToArray(), difference));
    }

    private bool TryNoteProgress(VerifyMessageKind kind, ReadOnlySpan<byte> content)
    {
        if (!VerifyMessage.TryReadCount(content, out var count)) return false;
        if (kind == VerifyMessageKind.Begun) (State, Progress) = (CopyState.Walking, (0, count));
        else Progress = (count, Progress.Total);
        return true;
    }

    private bool TryNoteBuckets(ReadOnlySpan<byte> content)
    {
        if (!VerifyMessage.TryReadBuckets(content, _sums, out var count)) return false;
        _bucketsTold += count;
        return _bucketsTold <= KeyBuckets.Count;
    }

    private bool Keep(ReadOnlySpan<byte> content)
    {
        _unread.Enqueue(content.ToArray());
        _unreadBytes += content.Length;
        return true;
    }
}
