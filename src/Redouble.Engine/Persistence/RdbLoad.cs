using Redouble.Engine.Configuration;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Persistence;

/// <summary>One RDB on its way into a keyspace, fed piece by piece.</summary>
internal sealed class RdbLoad
{
    private const int ObjectsPerStep = 64;

    private readonly Node _node;
    private readonly RdbReader<RdbLoadTarget> _reader;

    public RdbLoad(Node node, Keyspace into, bool dropsExpired)
    {
        _node = node;
        State = new RdbLoadState(into, node.Keyspace.NowMs, dropsExpired) { Log = text => node.Parts.Host.Log(ConfigLogLevel.Notice, text) };
        var options = new RdbReaderOptions { VerifyChecksum = node.Config.RdbChecksum && !node.Debug.SkipsChecksums };
        _reader = new RdbReader<RdbLoadTarget>(new RdbLoadTarget(State), options);
        into.ExpiryPolicy = ExpiryPolicy.Ignore;
    }

    /// <summary>What was read so far.</summary>
    public RdbLoadState State { get; }

    /// <summary>Bytes read so far.</summary>
    public long Position => _reader.Position;

    /// <summary>Why it failed, with the place in the RDB.</summary>
    public string ErrorText => State.Refusal ?? $"{_reader.Error?.Text} (at offset {_reader.Error?.Offset})";

    /// <summary>Feeds the next bytes. It fails when the system gives no more memory: what is left is for what is under way, and no data set.</summary>
    public RdbReadStatus Feed(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        while (_node.Heap.IsShort && _node.Keyspace.FreeSlice(ObjectsPerStep))
        {
            // the data set that was there before makes room for this one
        }

        if (_node.Heap.IsShort) return OutOfMemory();
        State.AfterKey = _node.Config.KeyLoadDelay != 0 ? Delay : null;
        try
        {
            var status = _reader.Feed(bytes, out consumed);
            if (!_reader.Target.Flush()) return RdbReadStatus.Failed;
            if (status == RdbReadStatus.Done) State.Loader.Complete();
            return status;
        }
        catch (InsufficientMemoryException)
        {
            return OutOfMemory();
        }
    }

    /// <summary>Tells the log what was loaded.</summary>
    public void LogEnd()
    {
        var counts = $"keys loaded: {State.Keys}, keys expired: {State.ExpiredKeys}";
        if (State.EmptyKeys == 0) _node.Parts.Host.Log(ConfigLogLevel.Notice, $"Done loading RDB, {counts}.");
        else _node.Parts.Host.Log(ConfigLogLevel.Warning, $"Done loading RDB, {counts}, empty keys skipped: {State.EmptyKeys}.");
    }

    /// <summary>No more bytes will come.</summary>
    public RdbReadStatus Finish() => _reader.Finish();

    /// <summary>It is given up: frees the value that it is in the middle of. The keys before are in the keyspace.</summary>
    public void Drop() => State.Loader.Drop();

    private RdbReadStatus OutOfMemory()
    {
        State.Refusal ??= $"the system gives no more memory for the data set; {State.Keys} keys were loaded";
        return RdbReadStatus.Failed;
    }

    private void Delay() => KeyDelay.Wait(_node.Parts.Host, _node.Config.KeyLoadDelay, State.Keys);
}
