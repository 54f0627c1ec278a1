using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Execution;

/// <summary>Where the effects of execution units go: the replication log, which the AOF follows.</summary>
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

    /// <summary>Appends the beginning of a command of a unit, or more of it, as <see cref="Append"/> of its last bytes would do it whole.</summary>
    void AppendPart(int database, ReadOnlySpan<byte> part, AppendKind kind);

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
/// The common unit, one command verbatim, is copied once, from the request to the log. So is a long word of a request that is part of another effect: what is
/// staged is native memory, and refers to it.
/// </summary>
/// <param name="log">Where the effects go.</param>
/// <param name="blocks">Memory for what is staged.</param>
public sealed class Propagation(IEffectLog log, BlockPool blocks)
{
    private const long UnaskedBytes = 1 << 20;
    private const long FrameBytes = 64 << 20; // what a unit may tell beyond what it has asked for

    private readonly StagedEffects _staged = new(blocks);
    private NativeBytes _request; // of the command that runs: it stays until the end of the unit
    private int _depth;
    private int _words; // of the command that is being staged
    private bool _isRestore;
    private long _granted = UnaskedBytes; // of effects of this unit
    private EffectTraits _traits;

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

    /// <summary>
    /// Bytes that a unit may tell: a replica, and a start that reads the append-only file, have to hold all of it before they apply any. A longer one would be
    /// acknowledged, and then take each replica its link and the node its start.
    /// </summary>
    internal long UnitBytesMax { get; set; } = PrimaryLink.UnappliedMax - FrameBytes;

    /// <summary>Whether so many bytes more are not too many for one unit.</summary>
    public bool MayTell(long bytes) => !IsActive || _staged.Bytes + bytes <= UnitBytesMax;

    /// <summary>
    /// For a command that will tell more than it was sent, before it changes anything: what it changes may take as much again.
    /// </summary>
    /// <param name="bytes">Bytes of its effects.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for them, or they are too many for one unit.</exception>
    public void RequireRoom(long bytes)
    {
        if (!MayTell(bytes)) throw new InsufficientMemoryException();
        if (IsActive) blocks.Heap.RequireRoom(_staged.ReferredBytes + (2 * bytes));
    }

    /// <summary>
    /// Whether a unit may tell so many bytes more of effects, and there is room for them, and as much again for what they are about: for a command that can end
    /// before it has done all that it was asked for. Looked at once for all that a unit tells until it comes to some megabytes more.
    /// </summary>
    public bool HasRoom(long bytes)
    {
        const long step = 4 << 20;
        var wanted = _staged.Bytes + bytes;
        if (wanted <= _granted || !IsActive) return true;
        if (!MayTell(bytes + step) || !blocks.Heap.HasRoom(_staged.ReferredBytes + (2 * (bytes + step)))) return false;
        _granted = wanted + step;
        return true;
    }

    /// <summary>Opens a unit, or a level inside one.</summary>
    public void BeginUnit() => _depth++;

    /// <summary>Opens the unit, or the level, of a command. Its request must stay where it is until the outermost level is closed.</summary>
    public void BeginUnit(in CommandArguments arguments)
    {
        _depth++;
        _request = arguments.NativeRequest;
    }

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
        _request = default;
        _granted = UnaskedBytes;
        if (_staged.Count == 0) return;
        HasAppended = true;
        var ofFieldExpiry = wrap && _staged.Count > 1 ? EffectTraits.FieldExpiryInTransaction : EffectTraits.FieldExpiry;
        var isOfFieldExpiry = (_staged.Traits & ofFieldExpiry) != 0;
        var place = default(StagedEffects.Place);
        if (isOfFieldExpiry && log.HasForeignReader) AppendParts(ref place);
        else Append(ref place, _staged.Count, wrap);
        if (isOfFieldExpiry && !log.HasForeignReader) log.NoteFieldExpiry();
        _staged.Clear();
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
            _staged.Add(database, arguments.NativeRequest, kind, TraitsOf(arguments.Request));
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
        (_words, _isRestore, _traits) = (0, false, EffectTraits.None);
        _staged.Begin();
        _staged.Header(count);
    }

    /// <summary>The next word.</summary>
    public void Argument(ReadOnlySpan<byte> word)
    {
        const int payloadIndex = 3;
        var index = _words++;
        if (index == 0) NoteName(word);
        else if (index == payloadIndex && _isRestore) NotePayload(word);
        if (word.Length >= StagedEffects.ReferredMin && _request.Span.Overlaps(word)) _staged.Refer(NativeBytes.UnsafeOf(word));
        else _staged.Word(word);
    }

    /// <summary>The next word, a number.</summary>
    public void Argument(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Argument(digits[..Integers.Format(number, digits)]);
    }

    /// <summary>Ends the command.</summary>
    public void End(int database, AppendKind kind = AppendKind.Data) => _staged.End(database, kind, _traits);

    private static EffectTraits TraitsOf(ReadOnlySpan<byte> request)
    {
        if (!FieldExpiryUnits.IsDecisive(request, inTransaction: true)) return EffectTraits.None;
        var alone = FieldExpiryUnits.IsDecisive(request, inTransaction: false) ? EffectTraits.FieldExpiry : EffectTraits.None;
        return alone | EffectTraits.FieldExpiryInTransaction;
    }

    private void NoteName(ReadOnlySpan<byte> name)
    {
        if (!FieldExpiryUnits.MayBeDecisive(name)) return;
        _isRestore = AsciiCase.EqualsIgnoreCase(name, "restore"u8);
        if (FieldExpiryUnits.IsDecisive(name, [], inTransaction: true)) _traits = EffectTraits.FieldExpiryInTransaction;
    }

    private void NotePayload(ReadOnlySpan<byte> payload)
    {
        if (FieldExpiryUnits.IsDecisive("restore"u8, payload, inTransaction: false)) _traits = EffectTraits.FieldExpiry | EffectTraits.FieldExpiryInTransaction;
    }

    private void Append(ref StagedEffects.Place place, int count, bool wrap = true)
    {
        var wrapped = wrap ? count : Math.Min(count, 1);
        log.BeginUnit(wrapped);
        for (; count > 0; count--) AppendNext(ref place);
        log.EndUnit(wrapped);
    }

    private void AppendNext(ref StagedEffects.Place place)
    {
        var piece = Take(ref place);
        var (database, kind) = (piece.Database, piece.Kind);
        while (!piece.IsLast)
        {
            log.AppendPart(database, piece.Bytes, kind);
            piece = Take(ref place);
        }

        log.Append(database, piece.Bytes, kind);
    }

    private StagedEffects.Piece Take(ref StagedEffects.Place place)
    {
        if (!_staged.TryTake(ref place, out var piece)) throw new InvalidOperationException("An effect was staged without its end.");
        _staged.Release(place); // what was in front of it is in the log
        return piece;
    }

    private void AppendParts(ref StagedEffects.Place place)
    {
        for (var left = _staged.Count; left > 0;)
        {
            var count = Math.Max(1, CountBefore(place, EffectTraits.FieldExpiryInTransaction));
            Append(ref place, count);
            left -= count;
        }
    }

    private int CountBefore(StagedEffects.Place place, EffectTraits traits)
    {
        var count = 0;
        while (_staged.TryTake(ref place, out var piece) && (piece.Traits & traits) == 0) count += piece.IsLast ? 1 : 0;
        return count;
    }
}
