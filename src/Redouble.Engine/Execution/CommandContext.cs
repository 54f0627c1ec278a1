using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Protocol.Requests;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Execution;

/// <summary>
/// All that a command sees: its arguments, its session, the selected database, and where its reply and its effect on the replicas go.
/// One object per level of execution, reused; a command must not keep it.
/// </summary>
public sealed class CommandContext(Node node)
{
    // Their events come with a change of the value, and are how watchers and caches hear of it. Those of streams may be about groups.
    private const KeyspaceEvents CollectionEvents =
        KeyspaceEvents.List | KeyspaceEvents.Set | KeyspaceEvents.Hash | KeyspaceEvents.SortedSet;

    private NativeBytes _request;
    private ArgumentTable _table = null!;
    private int _start;
    private int _hashed; // argument whose hash is known, 0 for none
    private ulong _hash;
    private byte[] _kept = new byte[64];

    /// <summary>The node it runs in.</summary>
    public Node Node { get; } = node;

    /// <summary>The client, or the link to the primary.</summary>
    public Session Session { get; private set; } = null!;

    /// <summary>The command.</summary>
    public CommandInfo Info { get; private set; } = null!;

    /// <summary>Selected database.</summary>
    public Database Database => Node.Keyspace[Session.Database];

    /// <summary>All databases.</summary>
    public Keyspace Keyspace => Node.Keyspace;

    /// <summary>Configuration of the node.</summary>
    public ServerConfig Config => Node.Config;

    /// <summary>Where the reply goes, in the session's protocol version.</summary>
    public ReplyWriter Reply => Session.Reply;

    /// <summary>What reaches the replicas and the AOF instead of, or beside, the command as it was sent.</summary>
    public Propagation Propagation => Node.Propagation;

    /// <summary>Unix time in milliseconds; stands still for the whole execution unit.</summary>
    public long NowMs => Node.Keyspace.NowMs;

    /// <summary>The arguments as one value, for helpers that take <see cref="ICommandArguments"/>.</summary>
    public CommandArguments Arguments => new(_request, _table, _start, Count);

    /// <summary>Bytes of the request.</summary>
    public int RequestLength => _request.Length;

    /// <summary>Number of arguments, the command's name included.</summary>
    public int Count { get; private set; }

    /// <summary>Argument <paramref name="index"/>; 0 is the command's name. Valid for the whole command.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) ThrowIndex();
            var range = _table[_start + index];
            return _request.Slice(range.Offset, range.Length);
        }
    }

    /// <summary>Whether the command has changed nothing so far, so that it can still be refused.</summary>
    internal bool HasChangedNothing => Node.Dirty == DirtyBefore;

    /// <summary>
    /// Set by a command that writes: it changes nothing before its reply is complete, so a reply for which there is no memory is refused. Without it the
    /// command goes on, and its client is closed.
    /// </summary>
    internal bool RepliesFirst { get; set; }

    private long DirtyBefore { get; set; }

    /// <summary>The keys that <see cref="KeyArguments"/> is at.</summary>
    internal PrefetchQueue Memory { get; } = new(node.Keyspace);

    /// <summary>Whether the request's bytes are spelled as the replication stream spells them.</summary>
    public bool IsCanonical { get; private set; }

    /// <summary>Whether the command runs inside EXEC: blocking commands answer at once.</summary>
    public bool InTransaction { get; internal set; }

    /// <summary>Whether the command may block its session: not in EXEC, nor for the primary. If not, it answers at once.</summary>
    public bool CanBlock => !InTransaction && !Session.Has(SessionFlags.Primary | SessionFlags.Internal);

    /// <summary>The wait that made the command run again, or null.</summary>
    internal BlockedState? Resumed => Node.Executor.Resumed;

    /// <summary>
    /// For a command that finds nothing, and <see cref="CanBlock"/>: parks the session until one of the keys has what it waits for, and returns without a
    /// reply. The command then runs again from its beginning. At the deadline, or on CLIENT UNBLOCK, the client gets a null array.
    /// </summary>
    /// <param name="type">The type of value that it waits for.</param>
    /// <param name="firstKey">Argument of the first key.</param>
    /// <param name="count">Keys; they follow each other.</param>
    /// <param name="deadlineMs">Unix time in milliseconds, 0 for none: from <see cref="Timeouts"/>. When the command runs again, the first one holds.</param>
    /// <param name="wakesWithoutKey">Whether it runs again when one of the keys goes or gets another type, too (XREADGROUP).</param>
    /// <returns>The copy of the request that will run again: XREAD replaces <c>$</c> in it.</returns>
    public BlockedRequest BlockOnKeys(ValueType type, int firstKey, int count, long deadlineMs, bool wakesWithoutKey = false) =>
        Node.Blocking.BlockOnKeys(this, type, firstKey, count, deadlineMs, wakesWithoutKey);

    /// <summary>Hash of the key at argument <paramref name="index"/>.</summary>
    public ulong Hash(int index) => index == _hashed ? _hash : Node.Keyspace.Hash(this[index]);

    /// <summary>The arguments that are keys, from <paramref name="first"/> to the last, every <paramref name="step"/>.</summary>
    internal KeyArguments Keys(int first, int step = 1) => new(this, first, step);

    /// <summary>The arguments that are elements of the first key's value, from <paramref name="first"/> to the last, every <paramref name="step"/>.</summary>
    internal ElementArguments Elements(int first, int step = 1) => new(this, first, step);

    /// <summary>Counts changes to the data set: a command that counts none is not propagated.</summary>
    public void Changed(int count = 1) => Node.Dirty += count;

    /// <summary>Hides a secret argument from the slow log and from MONITOR.</summary>
    public void Redact(int index) => Session.Redacted |= 1UL << Math.Min(index, 63);

    /// <summary>A keyspace event about a key of the selected database.</summary>
    public void Notify(KeyspaceEvents type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key)
    {
        if ((type & CollectionEvents) != 0) Database.ReportModification(key);
        Node.Notify(type, name, key, Session.Database);
    }

    /// <summary>A keyspace event about a key of another database.</summary>
    public void Notify(KeyspaceEvents type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database) => Node.Notify(type, name, key, database);

    /// <summary>Whether argument <paramref name="index"/> is the word, in any case.</summary>
    /// <param name="index">Argument.</param>
    /// <param name="lowerCase">The word in lower case.</param>
    public bool Is(int index, ReadOnlySpan<byte> lowerCase) => AsciiCase.EqualsIgnoreCase(this[index], lowerCase);

    /// <summary>Reads an integer argument, or replies with Redis' error and returns false.</summary>
    public bool TryInteger(int index, out long value)
    {
        if (Integers.TryParse(this[index], out value)) return true;
        Reply.Error("ERR value is not an integer or out of range"u8);
        return false;
    }

    /// <summary>Reads an integer argument between bounds, or replies with Redis' error and returns false.</summary>
    public bool TryInteger(int index, long min, long max, out long value)
    {
        if (!TryInteger(index, out value)) return false;
        if (value >= min && value <= max) return true;
        Reply.Error($"ERR value is out of range, value must between {min} and {max}");
        return false;
    }

    /// <summary>A copy of a value's text that outlives writes; until the next call.</summary>
    public ReadOnlySpan<byte> Keep(PackedValue value)
    {
        const int retainedMax = 64 * 1024;
        var length = value.Length;
        if (_kept.Length < length || _kept.Length > retainedMax) _kept = new byte[Math.Max(64, length)];
        return value.IsInteger ? value.Text(_kept) : Kept(value.Bytes);
    }

    /// <summary>Reads a count of elements, not negative, or replies with Redis' error and returns false.</summary>
    public bool TryCount(int index, out long count)
    {
        if (Integers.TryParse(this[index], out count) && count >= 0) return true;
        Reply.Error("ERR value is out of range, must be positive"u8);
        return false;
    }

    /// <summary>Reads a number above 0, or replies with the error and returns false.</summary>
    public bool TryPositive(int index, ReadOnlySpan<byte> error, out long value)
    {
        if (Integers.TryParse(this[index], out value) && value > 0) return true;
        Reply.Error(error);
        return false;
    }

    /// <summary>Replies with the syntax error.</summary>
    public void SyntaxError() => Reply.Error("ERR syntax error"u8);

    /// <summary>Replies with the wrong-type error.</summary>
    public void WrongType() => Reply.Error("WRONGTYPE Operation against a key holding the wrong kind of value"u8);

    /// <summary>Argument <paramref name="index"/> as error texts show it.</summary>
    public string Shown(int index) => ErrorText.Shown(this[index]);

    /// <summary>Replies as a container command does to a subcommand it does not have.</summary>
    public void UnknownSubcommand() => Reply.Error(
        $"ERR unknown subcommand '{ErrorText.Shown(this[1], ErrorText.NameMax)}'. Try {Info.FullName.Split('|')[0].ToUpperInvariant()} HELP.");

    /// <summary>Replies as a subcommand does that has too many arguments for any of its forms.</summary>
    public void SubcommandSyntaxError() => Reply.Error(
        $"ERR unknown subcommand or wrong number of arguments for '{ErrorText.Shown(this[1], ErrorText.NameMax)}'. "
        + $"Try {Info.FullName.Split('|')[0].ToUpperInvariant()} HELP.");

    /// <summary>
    /// The block that a large argument came in, narrowed to it, to be a value as it is; or none, and then it has to be copied. The caller gets a reference. All
    /// arguments can be read as before.
    /// </summary>
    internal Block TakeArgument(int index) => Node.Executor.TakeArgument(Session, _request, _table[_start + index]);

    internal void Begin(Session session, CommandInfo info, in CommandArguments arguments, bool canonical)
    {
        // Mostly the same as for the last command; a reference that is not stored needs no write barrier.
        if (!ReferenceEquals(Session, session)) Session = session;
        if (!ReferenceEquals(Info, info)) Info = info;
        arguments.Split(out _request, ref _table, out _start);
        Count = arguments.Count;
        IsCanonical = canonical;
        _hashed = 0;
        RepliesFirst = false;
        DirtyBefore = Node.Dirty;
    }

    /// <summary>The hash of the key at argument <paramref name="index"/> is known.</summary>
    internal void KnowHash(int index, ulong hash) => (_hashed, _hash) = (index, hash);

    private ReadOnlySpan<byte> Kept(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_kept);
        return _kept.AsSpan(0, bytes.Length);
    }

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index", "The command has fewer arguments; its arity should have said so.");
}
