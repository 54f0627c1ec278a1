namespace Redouble.Engine.Eviction;

/// <summary>
/// The best candidates for eviction among all keys that were looked at, worst first. A few keys chosen at random say little about who has been idle for
/// longest; the best of many rounds say it nearly as well as a list of all keys would (the idea is Redis').
/// <code>
///   a round: maxmemory-samples keys ─► those better than the worst here ─► | … 16 … | ─► the best one is evicted
/// </code>
/// It owns copies of the keys: between two rounds they may move, change or go.
/// </summary>
internal sealed class EvictionPool
{
    /// <summary>Candidates kept, as in Redis.</summary>
    public const int Size = 16;

    /// <summary>Bytes of a key whose array is kept for the next one.</summary>
    public const int RetainedMax = 1024;

    private readonly Candidate[] _candidates = new Candidate[Size];

    private struct Candidate
    {
        public ulong Score;
        public int Database;
        public byte[]? Key;
        public int KeyLength;
    }

    /// <summary>Bytes of the arrays that it keeps.</summary>
    public long KeyBytes => _candidates.Sum(static candidate => (long)(candidate.Key?.Length ?? 0));

    /// <summary>Candidates at present.</summary>
    public int Count { get; private set; }

    /// <summary>Score of the best one.</summary>
    public ulong BestScore => _candidates[Count - 1].Score;

    /// <summary>Database of the best one.</summary>
    public int BestDatabase => _candidates[Count - 1].Database;

    /// <summary>Key of the best one; good until the next change.</summary>
    public ReadOnlySpan<byte> BestKey => _candidates[Count - 1].Key.AsSpan(0, _candidates[Count - 1].KeyLength);

    /// <summary>Takes a candidate, unless it is here already, or there are enough better ones.</summary>
    /// <param name="score">The higher, the sooner it goes.</param>
    /// <param name="database">Its database.</param>
    /// <param name="key">Its key.</param>
    public void Offer(ulong score, int database, ReadOnlySpan<byte> key)
    {
        if (Count == Size && score <= _candidates[0].Score) return;
        if (Contains(score, database, key)) return;
        var place = Count;
        while (place > 0 && _candidates[place - 1].Score >= score) place--; // of equals, the one that has been here for longest goes first
        if (Count < Size)
        {
            var spare = _candidates[Count];
            _candidates.AsSpan(place, Count - place).CopyTo(_candidates.AsSpan(place + 1));
            _candidates[place] = spare;
            Count++;
        }
        else
        {
            place--; // the worst one goes
            var worst = _candidates[0];
            _candidates.AsSpan(1, place).CopyTo(_candidates);
            _candidates[place] = worst;
        }

        ref var candidate = ref _candidates[place];
        candidate.Score = score;
        candidate.Database = database;
        candidate.KeyLength = key.Length;
        var isUnfit = candidate.Key == null || candidate.Key.Length < key.Length || candidate.Key.Length > RetainedMax;
        if (isUnfit) candidate.Key = new byte[Math.Max(64, key.Length)];
        key.CopyTo(candidate.Key);
    }

    /// <summary>Drops the best one.</summary>
    public void RemoveBest()
    {
        Count--;
        if (_candidates[Count].Key!.Length > RetainedMax) _candidates[Count].Key = null;
    }

    /// <summary>Forgets all: their scores mean nothing under another policy.</summary>
    public void Clear()
    {
        while (Count > 0) RemoveBest();
    }

    // With few keys in a database the same ones are met in every round.
    private bool Contains(ulong score, int database, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var candidate = ref _candidates[i];
            if (candidate.Score == score && candidate.Database == database && candidate.Key.AsSpan(0, candidate.KeyLength).SequenceEqual(key)) return true;
        }

        return false;
    }
}
