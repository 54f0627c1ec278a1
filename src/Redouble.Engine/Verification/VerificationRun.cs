using Redouble.Engine.Configuration;
using Redouble.Replication.Primary;
using Redouble.Replication.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Verification;

/// <summary>
/// Primary side: one verification, a round at a time. Each round has a mark in the stream, at which this node and each replica start an epoch.
/// <code>
///   round 0    mark ─► sums of 16,384 buckets here and there ─► compare ─► equal: the end, as it nearly always is
///   round 1…   mark with the buckets that differ ─► their keys here and there ─► compare ─► more buckets: the next round
/// </code>
/// Keys are looked for at a mark of their own, rather than in an epoch that is kept: copies that are equal then cost 200 KB instead of 16 bytes and a
/// name for each key on either side. What it costs: another walk for each round when something differs, and a key that differed and has been overwritten
/// since is not named; its bucket is counted.
/// A snapshot that is wanted meanwhile goes first: the round is begun again after it. And a replica that takes one is asked again later, at a mark of its own.
/// </summary>
internal sealed class VerificationRun
{
    private const int AttemptsMax = 20;
    private const int BusyAttemptsMax = 20; // some 15 minutes: pauses of 1, 2, 4 … 60 s
    private const long BusyPauseMin = 1_000_000;
    private const long BusyPauseMax = 60_000_000;
    private const int RoundsMax = 64;
    private const int KeysPerRound = 1 << 16;
    private const int KeysMax = 4 * KeysPerRound;

    private readonly Node _node;
    private readonly List<CopyCheck> _copies = [];
    private readonly long _startedMs;
    private readonly long _started;
    private BucketDigests _own = new();
    private BucketSet? _asked;
    private KeyList? _keys;
    private DigestEpoch? _epoch;
    private ulong _id;
    private long _markOffset;
    private long _offset = -1;
    private long _keyCount;
    private int _bucketsPerRound = KeyBuckets.Count; // fewer where a copy has many keys more than are here
    private int _attempts;
    private int _skipped;
    private int _busyAttempts;
    private long _notBefore;

    public VerificationRun(Node node)
    {
        _node = node;
        _startedMs = node.Keyspace.NowMs;
        _started = Now;
    }

    /// <summary>What came of it; null while it goes on.</summary>
    public VerificationResult? Result { get; private set; }

    /// <summary>Rounds so far: 0 while buckets are compared.</summary>
    public int Round { get; private set; }

    /// <summary>Whether the round's mark is set.</summary>
    public bool IsMarked => _epoch != null;

    /// <summary>Keys digested here, and in all.</summary>
    public (long Done, long Total) Progress => _epoch?.Progress ?? (0, 0);

    /// <summary>The replicas that were asked.</summary>
    public IReadOnlyList<CopyCheck> Copies => _copies;

    /// <summary>Whether a slice would get it on.</summary>
    public bool WantsSlice => Result == null && _epoch != null && (!_epoch.IsFinished || (_keys != null && _copies.Exists(static copy => copy.HasUnread)));

    private long Now => _node.Parts.Clock.MonotonicMicroseconds;

    private PrimaryReplication Replicas => _node.Replication.Protocol.Replicas;

    /// <summary>Between units: sets the mark when that is possible, and goes on to the next round when all have answered.</summary>
    public void Advance()
    {
        if (Result != null) return;
        if (_node.IsReplica)
        {
            Fail("this server has become a replica");
            return;
        }

        if (_epoch == null)
        {
            TryMark();
            return;
        }

        if (AllAreBusy() && AskBusyLater())
        {
            _epoch!.Abandon();
            _epoch = null;
            return;
        }

        KeepWithin(_node.Snapshots.BufferLimit);
        if (_epoch is { IsFinished: true } && !WantsSlice && HasSettled()) EndRound();
    }

    /// <summary>Goes on by about so many records, or a message's keys.</summary>
    public void Slice(int records)
    {
        if (!_epoch!.IsFinished) _epoch.Step(records);
        else _copies.Find(static copy => copy.HasUnread)?.CompareKeys(_keys!);
    }

    /// <summary>Now and then: who has been silent for too long is not waited for.</summary>
    public void Tick()
    {
        if (_epoch == null) return;
        var timeout = _node.Config.ReplTimeout * 1_000_000;
        foreach (var copy in _copies)
        {
            if (copy.Link.AckOffset < _markOffset) copy.HeardAt = Now; // it is behind; its link has a timeout of its own
            else if (Now - copy.HeardAt > timeout) copy.Leave(CopyState.Silent);
        }
    }

    /// <summary>A replica says something.</summary>
    public void OnMessage(ReplicaLink link, VerifyMessageKind kind, ulong id, ReadOnlySpan<byte> content)
    {
        if (_epoch == null || id != _id) return;
        _copies.Find(copy => copy.Link == link)?.OnMessage(kind, content, _keys != null, Now);
    }

    /// <summary>Somebody else needs the epoch.</summary>
    public void GiveWay(string reason)
    {
        if (_epoch is not { IsFinished: false }) return;
        _epoch.Abandon();
        _epoch = null;
        if (++_attempts == AttemptsMax) Fail($"it was begun {AttemptsMax} times and never finished: {reason}");
    }

    private void KeepWithin(long bytes)
    {
        _epoch!.DrainIfLarge();
        if (_epoch.Loss is { } loss) GiveWay(loss);
        else if (_epoch.Bytes > bytes) GiveWay($"{_epoch.Bytes} bytes waited in memory, snapshot-buffer-limit is {bytes}");
    }

    private bool HasSettled()
    {
        foreach (var copy in _copies)
        {
            if (copy.Link.State == ReplicaLinkState.Closed) copy.Leave(CopyState.Lost);
            if (!copy.IsSettled) return false;
        }

        return true;
    }

    private void TryMark()
    {
        if (_node.IsLoading || _node.Snapshots.IsRunning || _node.Keyspace.Snapshot != null || _node.Propagation.HasStaged) return;
        if (Now < _notBefore) return;
        if (Round == 0 && _busyAttempts == 0) Enlist();
        if (_copies.Count == 0)
        {
            Finish(null);
            return;
        }

        var id = _node.Parts.Random.NextUInt64();
        if (!Replicas.TryAppendMark(VerifyMark.Format(id, _asked))) return;
        _id = id;
        _markOffset = _node.Replication.Protocol.Log.EndOffset;
        foreach (var copy in _copies)
        {
            if (!IsAsked(copy)) continue;
            copy.Await(Now);
            if (Round == 0) copy.Offset = _markOffset;
        }

        _epoch = new DigestEpoch(_node.Keyspace, Sink());
        if (Round > 0) return;
        _offset = _markOffset;
        _keyCount = _epoch.Progress.Total;
    }

    // Who has answered the first question, or would not, is not asked it again, unless he was busy.
    private bool IsAsked(CopyCheck copy) =>
        _asked != null ? copy.Left.Count > 0 : !copy.IsCompared && (!copy.IsSettled || copy.State == CopyState.Answered || copy.IsBusy);

    // In the first round: whether there is nothing to compare at this mark, but may be at a later one.
    private bool AllAreBusy() => _keys == null && _epoch is { IsFinished: false } && _copies.Exists(static copy => copy.IsBusy) &&
        !_copies.Exists(static copy => !copy.IsCompared && (!copy.IsSettled || copy.State == CopyState.Answered));

    private bool AskBusyLater()
    {
        if (_busyAttempts == BusyAttemptsMax || !_copies.Exists(static copy => copy.IsBusy)) return false;
        _notBefore = Now + Math.Min(BusyPauseMax, BusyPauseMin << Math.Min(_busyAttempts, 8));
        _busyAttempts++;
        return true;
    }

    private IKeyDigestSink Sink()
    {
        if (_asked == null) return _own = new BucketDigests();
        var expected = 0;
        for (var bucket = 0; bucket < KeyBuckets.Count; bucket++)
        {
            if (_asked.Contains(bucket)) expected += _own.Counts[bucket];
        }

        return _keys = new KeyList(_asked, Math.Min(expected, KeysMax), KeysMax);
    }

    // Who is asked: those that follow the stream now and understand the question.
    private void Enlist()
    {
        _copies.Clear();
        _skipped = 0;
        foreach (var link in Replicas.Links)
        {
            var follows = link is { State: ReplicaLinkState.Online, AwaitsAck: false, Options.RdbOnly: false };
            if (follows && link.Options.Can(ReplicaCapabilities.Redouble)) _copies.Add(new CopyCheck(link, Now));
            else _skipped++;
        }
    }

    private void EndRound()
    {
        foreach (var copy in _copies)
        {
            if (_keys == null) copy.Compare(_own);
            else if (copy.Left.Count > 0) copy.EndKeys(_keys, _asked!);
        }

        var cut = _keys is { IsCut: true };
        _keys = null;
        _epoch = null;
        var again = !cut && AskBusyLater();
        if (again && Round == 0) return;
        if (_asked is { Count: > 1 } && _copies.Exists(static copy => copy.HasTooManyKeys)) _bucketsPerRound = Math.Max(1, _asked.Count / 4);
        _asked = NextBuckets(again);
        if (_asked == null || cut || Round == RoundsMax) Finish(null);
        else Round++;
    }

    // The next of the buckets that differ, as many as may have their keys compared at once.
    private BucketSet? NextBuckets(bool withBusy)
    {
        BucketSet? next = null;
        var (keys, buckets) = (0, 0);
        for (var bucket = 0; bucket < KeyBuckets.Count; bucket++)
        {
            if (!_copies.Exists(copy => (copy.State == CopyState.Answered || copy.HasTooManyKeys || (withBusy && copy.IsBusy)) && copy.Left.Contains(bucket)))
                continue;
            if (next != null && (keys + _own.Counts[bucket] > KeysPerRound || buckets == _bucketsPerRound)) break;
            keys += _own.Counts[bucket];
            buckets++;
            next ??= new BucketSet();
            next.Add(bucket);
        }

        return next;
    }

    private void Fail(string error)
    {
        _epoch?.Abandon();
        _epoch = null;
        Finish(error);
    }

    private void Finish(string? error)
    {
        Result = new VerificationResult
        {
            StartedMs = _startedMs,
            DurationMs = (Now - _started) / 1000,
            Offset = _offset,
            Keys = _keyCount,
            Error = error,
            Copies = [.. _copies],
            Skipped = _skipped,
        };
        Report(Result);
    }

    private void Report(VerificationResult result)
    {
        var log = _node.Parts.Host;
        if (result.Error != null) log.Log(ConfigLogLevel.Warning, $"Verification of replicas failed: {result.Error}");
        foreach (var copy in result.Copies)
        {
            var name = $"{copy.Address}:{copy.Port}";
            if (copy.DifferingBuckets > 0)
            {
                log.Log(
                    ConfigLogLevel.Warning, $"Replica {name} differs from this primary at offset {copy.Offset}: {copy.DifferingKeys} keys in " +
                    $"{copy.DifferingBuckets} of {KeyBuckets.Count} buckets. REDOUBLE VERIFY STATUS names them.");
            }
            else if (copy.IsCompared)
            {
                log.Log(ConfigLogLevel.Notice, $"Replica {name} equals this primary at offset {copy.Offset}: {result.Keys} keys compared");
            }
            else
            {
                log.Log(ConfigLogLevel.Notice, $"Replica {name} was not compared: {VerificationWords.Of(copy.State)} {copy.Reason}".TrimEnd());
            }
        }
    }
}
