using Redouble.Engine.Commands.Hashes;

namespace Redouble.Engine.Background;

/// <summary>
/// Removes fields of hashes whose time has passed although nobody asks for them. Each timer tick goes through the databases once, and each knows the
/// hash whose field has expired longest ago: it costs as much as there is to remove, in steps that leave room for others.
/// </summary>
internal sealed class FieldExpiry(Node node)
{
    private const int FieldsPerStep = 64;

    private byte[] _key = [];
    private int _database = int.MaxValue;

    /// <summary>Whether a pass is under way.</summary>
    public bool HasWork => _database < node.Keyspace.Databases.Length;

    /// <summary>Starts a pass, unless one is going on.</summary>
    public void Begin()
    {
        if (!HasWork) _database = 0;
    }

    /// <summary>Works until <paramref name="untilMicroseconds"/> on the monotonic clock.</summary>
    public void Slice(long untilMicroseconds)
    {
        while (HasWork)
        {
            if (!Step()) _database++;
            else if (node.Parts.Clock.MonotonicMicroseconds >= untilMicroseconds) return;
        }
    }

    // Some fields of one hash; each is told to the replicas by itself.
    private bool Step()
    {
        var database = node.Keyspace[_database];
        var hash = database.FirstWithExpiredField();
        if (hash.IsMissing) return false;
        const int retainedMax = 1 << 16;
        var length = hash.Key.Length;
        if (_key.Length < length || _key.Length > retainedMax) _key = new byte[length];
        var key = _key.AsSpan(0, length);
        hash.Key.CopyTo(key);
        node.Propagation.BeginUnit();
        ExpiredFields.RemoveAll(node, database, hash, key, node.Keyspace.Hash(key), FieldsPerStep);
        node.Propagation.EndUnit(wrap: false);
        return true;
    }
}
