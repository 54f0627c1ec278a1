using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Sessions;

/// <summary>A session by place and generation: safe to keep after the session is gone.</summary>
public readonly record struct SessionHandle(int Slot, int Generation)
{
    /// <summary>Bits of a generation: a handle is kept in 64 bits with other things. The same one comes back to a slot after 2^30 sessions.</summary>
    public const int GenerationBits = 30;

    /// <summary>No session.</summary>
    public static SessionHandle None => new(-1, 0);

    /// <summary>The next session's generation in a slot.</summary>
    public static int GenerationAfter(int generation) => (generation + 1) & ((1 << GenerationBits) - 1);
}

/// <summary>All sessions of a node.</summary>
/// <param name="blocks">Where their input and output take memory from.</param>
/// <param name="errors">Hears of the errors they are told; null for nobody.</param>
public sealed class SessionTable(BlockPool blocks, IErrorObserver? errors = null)
{
    private readonly Stack<int> _free = new();
    private Session?[] _slots = new Session?[64];
    private int[] _generations = new int[64];
    private int _top;
    private long _lastId;

    /// <summary>Sessions in the table.</summary>
    public int Count { get; private set; }

    /// <summary>What they hold in the collected heap.</summary>
    public ManagedMemory Managed { get; } = new();

    /// <summary>Sessions ever made.</summary>
    public long Total => _lastId;

    /// <summary>Slots in use are below this.</summary>
    public int Top => _top;

    /// <summary>The session in a slot, or null.</summary>
    public Session? this[int slot] => _slots[slot];

    /// <summary>Makes a session and gives it a place.</summary>
    public Session Add()
    {
        var slot = _free.Count > 0 ? _free.Pop() : _top++;
        if (slot == _slots.Length)
        {
            Array.Resize(ref _slots, slot * 2);
            Array.Resize(ref _generations, slot * 2);
        }

        _generations[slot] = SessionHandle.GenerationAfter(_generations[slot]);
        var session = new Session(++_lastId, blocks, Managed) { Handle = new SessionHandle(slot, _generations[slot]) };
        session.Reply.Observer = errors;
        _slots[slot] = session;
        Count++;
        return session;
    }

    /// <summary>A session without a place: the link to the primary, commands the server gives itself.</summary>
    public Session CreateInternal()
    {
        var session = new Session(++_lastId, blocks, Managed) { Flags = SessionFlags.Internal };
        session.Reply.Observer = errors;
        return session;
    }

    /// <summary>The session with that id, unless it is being closed, or null. Looks at all of them.</summary>
    public Session? FindById(long id)
    {
        for (var slot = 0; slot < Top; slot++)
        {
            if (this[slot] is { } session && session.Id == id) return session.Has(SessionFlags.CloseAsap) ? null : session;
        }

        return null;
    }

    /// <summary>The session, unless it has gone.</summary>
    public Session? Find(SessionHandle handle) =>
        (uint)handle.Slot < (uint)_top && _generations[handle.Slot] == handle.Generation ? _slots[handle.Slot] : null;

    /// <summary>Takes a session out.</summary>
    public void Remove(Session session)
    {
        if (Find(session.Handle) != session) throw new InvalidOperationException($"Session {session.Id} is not in the table.");
        _slots[session.Handle.Slot] = null;
        _free.Push(session.Handle.Slot);
        session.Handle = SessionHandle.None;
        session.Hold(-session.HeldBytes); // its names
        Count--;
    }
}
