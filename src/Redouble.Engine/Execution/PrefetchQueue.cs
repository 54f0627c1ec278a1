using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Execution;

/// <summary>
/// The keys of requests that wait for execution, or of one that has many, whose memory is fetched meanwhile. Each piece of it tells where the next one is,
/// so it comes in steps, some requests apart:
/// <code>
/// bucket of the table               when the request has been read
/// record, its first line            ReadApart requests later, or 3 × ExecutedApart before it is executed
/// its other lines, its collection   2 × ReadApart requests later, or 2 × ExecutedApart before
/// bucket of the element in there    3 × ReadApart requests later, or ExecutedApart before: for commands that name one
/// record of the element             4 × ReadApart requests later, or just before
/// </code>
/// Few lines are asked for at a time: a processor has some twenty on their way, and of what is prefetched beyond that it drops most (measured on a
/// Zen 4: of 64 lines asked for in a row half were missing when they were read, of 128 three in four; 16 all came). All is found by hashes alone;
/// whatever has become of a key meanwhile, nothing is lost but the fetching.
/// </summary>
internal sealed class PrefetchQueue(Keyspace keyspace)
{
    private const int ReadApart = 6;
    private const int ExecutedApart = 2;
    private const int None = -1;

    private Request[] _requests = new Request[RequestBatch.RequestsMax];
    private int _records; // requests that each step has been taken for
    private int _rests;
    private int _elementBuckets;
    private int _elements;
    private bool _hasElements;

    /// <summary>Requests added.</summary>
    public int Count { get; private set; }

    /// <summary>A request has been read; its first key is in that database.</summary>
    /// <param name="hash">Of the key.</param>
    /// <param name="database">Its database.</param>
    /// <param name="element">The element of its value that the request names, or nothing.</param>
    public void Add(ulong hash, int database, ReadOnlySpan<byte> element = default)
    {
        keyspace[database].PrefetchBucket(hash);
        if (element.IsEmpty)
        {
            Append(hash, database, false, 0);
            return;
        }

        _hasElements = true;
        Append(hash, database, true, keyspace.Hash(element));
    }

    /// <summary>A request without a key has been read.</summary>
    public void AddNone() => Append(0, None, false, 0);

    /// <summary>The request at that place, counted from 0 in the order in which they were added, is about to be executed.</summary>
    public void BeforeExecution(int index)
    {
        if (Count > 1) FetchUpTo(index + 1, ExecutedApart); // one alone would wait here for what it waits for then
    }

    /// <summary>The hash that the request at that place was added with.</summary>
    public ulong HashOf(int index) => _requests[index].Hash;

    /// <summary>Forgets all requests.</summary>
    public void Clear()
    {
        Count = _records = _rests = _elementBuckets = _elements = 0;
        _hasElements = false;
    }

    // Field by field: a whole structure would be read as a vector while its parts are still being written, which the processor waits for.
    private void Append(ulong hash, int database, bool hasElement, ulong element)
    {
        if (Count == _requests.Length) Array.Resize(ref _requests, 2 * Count);
        ref var request = ref _requests[Count++];
        request.Hash = hash;
        request.Element = element;
        request.Database = database;
        request.HasElement = hasElement;
        FetchUpTo(Count - (4 * ReadApart), ReadApart);
    }

    // The last step for all requests before that one, and each step before it for some more.
    private void FetchUpTo(int end, int apart)
    {
        for (var until = Math.Min(end + (3 * apart), Count); _records < until; _records++)
        {
            ref var request = ref _requests[_records];
            if (request.Database != None) keyspace[request.Database].PrefetchRecord(request.Hash);
        }

        for (var until = Math.Min(end + (2 * apart), Count); _rests < until; _rests++)
        {
            ref var request = ref _requests[_rests];
            if (request.Database != None) request.HasElement &= keyspace[request.Database].PrefetchRest(request.Hash);
        }

        if (_hasElements) FetchElementsUpTo(end, apart);
    }

    private void FetchElementsUpTo(int end, int apart)
    {
        for (var until = Math.Min(end + apart, Count); _elementBuckets < until; _elementBuckets++)
        {
            ref var request = ref _requests[_elementBuckets];
            if (request.HasElement) keyspace[request.Database].PrefetchElementBucket(request.Hash, request.Element);
        }

        for (var until = Math.Min(end, Count); _elements < until; _elements++)
        {
            ref var request = ref _requests[_elements];
            if (request.HasElement) keyspace[request.Database].PrefetchElement(request.Hash, request.Element);
        }
    }

    private struct Request
    {
        public ulong Hash;
        public ulong Element;
        public int Database;
        public bool HasElement;
    }
}
