using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Replication;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Replication;

/// <summary>Replica side: runs the primary's commands on the data set, with the session that stands for the primary.</summary>
internal sealed class StreamApplier(Node node) : IStreamApplier
{
    private const long SliceMicroseconds = 2000; // of a turn: a replica that catches up serves its clients between

    private readonly UnwritableDisk _disk = new(node);
    private readonly PrefetchQueue _memory = new(node.Keyspace);
    private int[] _commands = new int[64];
    private int _prepared;
    private bool _inTransaction;
    private long _sliceEnds; // 0 until the turn applies something
    private long _noted; // the time when it was looked at last
    private bool _hasToldOfScripts;
    private Session? _session;

    /// <summary>The session of the stream.</summary>
    public Session Session => _session ??= CreateSession();

    /// <summary>Whether what comes are the commands of a rewrite.</summary>
    public bool IsRewrite
    {
        set => Session.Flags = value ? Session.Flags | SessionFlags.Rewrite : Session.Flags & ~SessionFlags.Rewrite;
    }

    // The clock is read once in a batch. Within it the time is that of the statistics: every command that may be long is timed for them, of the others one in
    // sixteen.
    public bool IsSliceOver => _sliceEnds > 0 && Math.Max(_noted, node.Stats.LastTimed) >= _sliceEnds;

    /// <summary>A turn begins: the stream has time again.</summary>
    public void BeginTurn() => _sliceEnds = 0;

    public bool HasDatabase(int database) => (uint)database < (uint)node.Keyspace.Databases.Length;

    public void BeginStream(int database) => Session.Database = database;

    public void Prepare(in CommandBatch batch)
    {
        NoteTime();
        if (_commands.Length < batch.Count) _commands = new int[batch.Count];
        _memory.Clear();
        for (var i = 0; i < batch.Count; i++) Prepare(i, batch[i]);
        _prepared = batch.Count;
    }

    private void Prepare(int index, in CommandFrame command)
    {
        var id = _commands[index] = command.Count == 0 ? -1 : Find(command[0]);
        var key = id < 0 ? 0 : CommandTable.Infos[id].FirstKey;
        if (key <= 0 || key >= command.Count)
        {
            _memory.AddNone();
            return;
        }

        var element = CommandTable.Infos[id].ElementOf(command.Count);
        _memory.Add(node.Keyspace.Hash(command[key]), Session.Database, element == 0 ? default : command[element]);
    }

    public bool Knows(in CommandFrame command) =>
        Find(command) is { } info ? info.Id != CommandId.Select || HasDatabase(command) : KeptFunctions.Knows(Arguments(command)) || IsOfScripts(command);

    public void BeginTransaction()
    {
        NoteTime();
        _prepared = 0;
        _inTransaction = true;
        node.Propagation.BeginUnit();
    }

    public ApplyStatus Apply(in CommandFrame command)
    {
        var arguments = Arguments(command);
        var isPrepared = command.BatchIndex < _prepared;
        if (isPrepared) _memory.BeforeExecution(command.BatchIndex);
        var id = isPrepared ? _commands[command.BatchIndex] : Find(command[0]);
        var info = Executor.Identify(id, arguments);
        if (info == null && KeptFunctions.Knows(arguments))
        {
            KeptFunctions.Apply(node, arguments);
            return ApplyStatus.Applied;
        }

        if (info == null) return IsOfScripts(command) ? SkipScripts() : ApplyStatus.Unknown;
        var lacksSubcommand = (info.Flags & (CommandFlags.Container | CommandFlags.RunnableContainer)) == CommandFlags.Container;
        if (!lacksSubcommand && !ChangesTheCopy(info)) return ApplyStatus.Applied;
        if (info.Id == CommandId.Select && !HasDatabase(command)) return ApplyStatus.Unknown;
        if (lacksSubcommand || !info.AcceptsCount(command.Count))
        {
            UnexpectedErrors.Report(node, $"ERR wrong number of arguments for '{info.FullName}' command", info.FullName);
            return ApplyStatus.Applied;
        }

        if (node.DiskError != null) _disk.BeforeCommand(info);
        // A subcommand's key is not where its container's would be: no hash has been computed for it.
        var hasHash = isPrepared && CommandTable.Infos[id] == info && info.FirstKey > 0 && info.FirstKey < command.Count;
        node.Executor.Apply(Session, info, arguments, hasHash ? _memory.HashOf(command.BatchIndex) : 0, hasHash);
        if (!_inTransaction && node.Blocking.HasReady) node.Blocking.Serve();
        return ApplyStatus.Applied;
    }

    private void NoteTime()
    {
        _noted = node.Parts.Clock.MonotonicMicroseconds;
        if (_sliceEnds == 0) _sliceEnds = _noted + SliceMicroseconds;
    }

    // What else a primary says is for its connection, or about it (SYNC, MONITOR, CLIENT …), and has no business in the session of the stream.
    private static bool ChangesTheCopy(CommandInfo info) =>
        (info.Flags & (CommandFlags.Write | CommandFlags.MayReplicate)) != 0 || info.Id is CommandId.Select or CommandId.Ping;

    public void EndTransaction()
    {
        node.Propagation.EndUnit();
        _inTransaction = false;
        if (node.Blocking.HasReady) node.Blocking.Serve();
    }

    // A SELECT that fails would send all that follows to the wrong database.
    private bool HasDatabase(in CommandFrame command) =>
        command.Count == 2 && Integers.TryParse(command[1], out var database) && (ulong)database < (ulong)node.Keyspace.Databases.Length;

    // SCRIPT LOAD and SCRIPT FLUSH, which a Redis before 7.0 sends and writes into its file: they change what scripts it remembers, and no data.
    private static bool IsOfScripts(in CommandFrame command) => AsciiCase.EqualsIgnoreCase(command[0], "script"u8);

    private ApplyStatus SkipScripts()
    {
        if (!_hasToldOfScripts) node.Parts.Host.Log(ConfigLogLevel.Notice, "Skipping SCRIPT commands: they change no data, and scripts are not run here");
        _hasToldOfScripts = true;
        return ApplyStatus.Applied;
    }

    // A node of a cluster that takes a key over has it in its file under another name.
    private static int Find(ReadOnlySpan<byte> name)
    {
        var id = CommandTable.Find(name);
        return id < 0 && AsciiCase.EqualsIgnoreCase(name, "restore-asking"u8) ? CommandTable.Find("restore"u8) : id;
    }

    private CommandInfo? Find(in CommandFrame command) => Executor.Identify(Find(command[0]), Arguments(command));

    private static CommandArguments Arguments(in CommandFrame command) =>
        new(NativeBytes.UnsafeOf(command.Bytes), command.Table, command.TableStart, command.Count);

    private Session CreateSession()
    {
        var session = node.Sessions.CreateInternal();
        session.Flags |= SessionFlags.Primary;
        session.User = "(superuser)"; // no user of the ACL: nothing is refused to it
        return session;
    }
}
