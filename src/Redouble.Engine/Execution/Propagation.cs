using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Replication.Log;

namespace Redouble.Engine.Execution;

/// <summary>Where the effects of execution units go: the replication log, later the AOF.</summary>
public interface IEffectLog
{
    /// <summary>Whether anyone reads it; while not, nothing is built or appended.</summary>
    bool IsActive { get; }

    /// <summary>Whether somebody reads it who may be a Redis before 7.4.</summary>
    bool HasForeignReader { get; }

    /// <summary>
    /// Appends a command of database <paramref name="database"/>, after a SELECT when the stream stands in another one; -1 for commands that concern none.
    /// </summary>
    void Append(int database, ReadOnlySpan<byte> command, AppendKind kind = AppendKind.Data);

    /// <summary>What is appended until <see cref="EndUnit"/> belongs together: a frame of MULTI is opened if it is more than one effect.</summary>
    void BeginUnit(int effects);

    /// <summary>Closes what <see cref="BeginUnit"/> opened.</summary>
    void EndUnit(int effects);

    /// <summary>The unit that was appended last is one of field expiry (<see cref="FieldExpiryUnits"/>).</summary>
    void NoteFieldExpiry();

    /// <summary>Offset behind the last append.</summary>
    long Offset { get; }
}

/// <summary>
/// What the current execution unit will tell the replicas. Effects are staged in order and appended at the unit's end: one as it is,
/// several wrapped in MULTI and EXEC with the SELECT inside (as Redis 7.2 frames them).
/// <code>
/// unit begins ─► command runs ─► its own effect: the request verbatim, or what it was rewritten to, or nothing
///                    │ keys found expired: DEL, staged before it
/// unit ends   ─► 0 effects: nothing · 1: itself · more: MULTI SELECT … EXEC
/// </code>
/// A Redis before 7.4 answers a command about times of fields with an error, which harms nobody, but drops the transaction that it stands in, and is another
/// data set from then on. While one is listening, such commands stand between transactions: <c>MULTI a b EXEC HPEXPIREAT c</c>. While none is, the log
/// remembers where the last such unit ends: one that comes back from before gets the data set anew.
/// The common unit, one command verbatim, is copied once, from the request to the log.
/// </summary>
public sealed class Propagation(IEffectLog log)
{
    private readonly List<(int Database, int Start, int Length, AppendKind Kind)> _staged = [];
    private byte[] _bytes = new byte[1024];
    private int _length;
    private int _depth;
    private int _commandStart;

    /// <summary>Whether effects are wanted at all.</summary>
    public bool IsActive => log.IsActive;

    /// <summary>Whether somebody reads them who may be a Redis before 7.4, and knows no times of fields.</summary>
    public bool HasForeignReader => log.HasForeignReader;

    /// <summary>Whether the data set is ahead of <see cref="Offset"/>: effects wait for the end of their unit.</summary>
    public bool HasStaged => _staged.Count > 0;

    /// <summary>Set by a command whose effect was staged in another form, or that has none although it changed something.</summary>
    public bool Replaced { get; set; }

    /// <summary>Whether anything has been appended since the owner last set this to false: what WAIT has to wait for.</summary>
    public bool HasAppended { get; set; }

    /// <summary>Offset behind everything appended so far.</summary>
    public long Offset => log.Offset;

    /// <summary>Opens a unit, or a level inside one.</summary>
    public void BeginUnit() => _depth++;

    /// <summary>Closes a level; the outermost one appends what was staged.</summary>
    /// <param name="wrap">Whether several effects form one transaction. Expiries found by SCAN and RANDOMKEY do not.</param>
    public void EndUnit(bool wrap = true)
    {
        if (--_depth == 0) AppendStaged(wrap);
    }

    /// <summary>
    /// Appends what was staged so far, a unit of its own. Before the role changes: behind that it would be nobody's, although the data set has it.
    /// </summary>
    public void AppendStaged(bool wrap = true)
    {
        if (_staged.Count == 0) return;
        HasAppended = true;
        var isOfFieldExpiry = IsOfFieldExpiry(wrap && _staged.Count > 1);
        if (isOfFieldExpiry && log.HasForeignReader) AppendParts();
        else Append(0, _staged.Count, wrap);
        if (isOfFieldExpiry && !log.HasForeignReader) log.NoteFieldExpiry();
        _staged.Clear();
        _length = 0;
        const int retainedMax = 1 << 20;
        if (_bytes.Length > retainedMax) _bytes = new byte[1024];
    }

    /// <summary>The command as it was sent.</summary>
    public void Verbatim(int database, in CommandArguments arguments, bool canonical, AppendKind kind = AppendKind.Data)
    {
        if (!log.IsActive) return;
        if (_depth == 1 && _staged.Count == 0 && canonical)
        {
            log.Append(database, arguments.Request, kind);
            HasAppended = true;
            return;
        }

        if (canonical)
        {
            Stage(database, arguments.Request, kind);
            return;
        }

        Begin(arguments.Count);
        for (var i = 0; i < arguments.Count; i++) Argument(arguments[i]);
        End(database, kind);
    }

    /// <summary>Stages a command of one argument.</summary>
    public void Add(int database, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (!log.IsActive) return;
        Begin(2);
        Argument(a);
        Argument(b);
        End(database);
    }

    /// <summary>Stages a command of two arguments.</summary>
    public void Add(int database, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c)
    {
        if (!log.IsActive) return;
        Begin(3);
        Argument(a);
        Argument(b);
        Argument(c);
        End(database);
    }

    /// <summary>Stages a command of three arguments.</summary>
    public void Add(int database, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d)
    {
        if (!log.IsActive) return;
        Begin(4);
        Argument(a);
        Argument(b);
        Argument(c);
        Argument(d);
        End(database);
    }

    /// <summary>Stages a command of four arguments.</summary>
    public void Add(int database, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, ReadOnlySpan<byte> e)
    {
        if (!log.IsActive) return;
        Begin(5);
        Argument(a);
        Argument(b);
        Argument(c);
        Argument(d);
        Argument(e);
        End(database);
    }

    /// <summary>Starts a command of <paramref name="count"/> words, to be followed by that many <see cref="Argument(ReadOnlySpan{byte})"/> and <see cref="End"/>. Only while <see cref="IsActive"/>.</summary>
    public void Begin(int count)
    {
        _commandStart = _length;
        Header((byte)'*', count);
    }

    /// <summary>The next word.</summary>
    public void Argument(ReadOnlySpan<byte> word)
    {
        Header((byte)'$', word.Length);
        Raw(word);
        Raw("\r\n"u8);
    }

    /// <summary>The next word, a number.</summary>
    public void Argument(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Argument(digits[..Integers.Format(number, digits)]);
    }

    /// <summary>Ends the command.</summary>
    public void End(int database, AppendKind kind = AppendKind.Data) => _staged.Add((database, _commandStart, _length - _commandStart, kind));

    private void Append(int from, int count, bool wrap = true)
    {
        var wrapped = wrap ? count : Math.Min(count, 1);
        log.BeginUnit(wrapped);
        for (var i = from; i < from + count; i++)
        {
            var (database, start, length, kind) = _staged[i];
            log.Append(database, _bytes.AsSpan(start, length), kind);
        }

        log.EndUnit(wrapped);
    }

    private void AppendParts()
    {
        for (var from = 0; from < _staged.Count;)
        {
            var end = from;
            while (end < _staged.Count && !IsOfFieldExpiry(_staged[end], inTransaction: true)) end++;
            if (end == from) end++;
            Append(from, end - from);
            from = end;
        }
    }

    private bool IsOfFieldExpiry(bool inTransaction)
    {
        foreach (var staged in _staged)
        {
            if (IsOfFieldExpiry(staged, inTransaction)) return true;
        }

        return false;
    }

    private bool IsOfFieldExpiry(in (int Database, int Start, int Length, AppendKind Kind) staged, bool inTransaction) =>
        FieldExpiryUnits.IsDecisive(_bytes.AsSpan(staged.Start, staged.Length), inTransaction);

    private void Stage(int database, ReadOnlySpan<byte> command, AppendKind kind)
    {
        _staged.Add((database, _length, command.Length, kind));
        Raw(command);
    }

    private void Header(byte kind, int number)
    {
        Span<byte> line = stackalloc byte[16];
        line[0] = kind;
        var length = 1 + Integers.Format(number, line[1..]);
        line[length] = (byte)'\r';
        line[length + 1] = (byte)'\n';
        Raw(line[..(length + 2)]);
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        ByteArray.MakeRoom(ref _bytes, _length, bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }
}
