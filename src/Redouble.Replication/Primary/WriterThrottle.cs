using System.Globalization;

namespace Redouble.Replication.Primary;

/// <summary>
/// Primary side: slows writers before a replica that gets on, or is in full sync, would be dropped for client-output-buffer-limit. Whoever executes
/// writes asks while <see cref="IsArmed"/>, and lets those wait that are not to run now, without keeping a thread or other clients.
/// <code>
///                  a buffer nears its window                a window is full
///      off ───────────────────────────────► armed ───────────────────────────────► holding
///           ◄───────────────────────────────  ▲  ◄───────────────────────────────────┘ │
///                  none does                  │        the replica has taken some      │ credit spent
///                                             └──────────────── must run ◄─────────────┘
///                                                credit earned
/// </code>
/// What bounds it is a credit of time: holding spends it, running earns it, so that over any while writers are held for at most repl-writer-throttle
/// percent, and 20 ms at a stretch. What they write beyond the window all the same may reach the limit, and that is never moved.
/// <para>
/// Windows are offsets (<see cref="ReplicaWindow"/>): there is no rate to guess. While writers wait for a replica that streams they get through as fast
/// as it takes what they wrote.
/// </para>
/// </summary>
public sealed class WriterThrottle
{
    private const long StretchMax = 20_000; // microseconds
    private const long RunCredit = StretchMax / 2;
    private const long PaceTick = 2_000;    // a full sync's window opens with time
    private const long NoticeMin = 1_000;   // a wait for the turn's own send is none
    private const int NoticeShare = 10;     // nor are waits that take less than a tenth of the time
    private const long QuietMin = PrimaryReplication.Second;
    private const long NearBytes = 4 << 20; // a turn may append so much between two looks

    private readonly PrimaryReplication _owner;
    private ReplicaLink? _for;
    private long _allowedEnd = long.MaxValue;
    private long _credit = StretchMax;
    private long _settled;
    private long _noticed;
    private long _phaseBegan = -1;
    private long _phaseHeld;
    private long _lastHeld;
    private bool _mustRun;

    internal WriterThrottle(PrimaryReplication owner) => _owner = owner;

    /// <summary>Whether writes have to ask.</summary>
    public bool IsArmed { get; private set; }

    /// <summary>Whether writers wait at this moment.</summary>
    public bool IsHolding { get; private set; }

    /// <summary>Whether writers are being slowed: some had to wait within the last second.</summary>
    public bool IsSlowing => _phaseBegan >= 0;

    /// <summary>How often writers began to be slowed.</summary>
    public long Times { get; private set; }

    /// <summary>For how long they were held in all, microseconds.</summary>
    public long HeldMicroseconds { get; private set; }

    /// <summary>The replica that they were slowed for last.</summary>
    public string ReplicaName { get; private set; } = "";

    /// <summary>Whether a write may run without any replica having to be waited for.</summary>
    public bool HasRoom => _owner.History.Log.EndOffset < _allowedEnd;

    /// <summary>When <see cref="Update"/> has something to do.</summary>
    internal long NextDeadline => IsHolding ? Math.Min(_settled + Math.Max(0, _credit), _settled + PaceTick) : IsSlowing ? _lastHeld + QuietMin : long.MaxValue;

    private int Percent => _owner.Settings.WriterThrottlePercent;

    /// <summary>There is no room: whether writers are to wait from now on. They are not when they have waited for their share of the time.</summary>
    public bool TryHold(long now)
    {
        if (IsHolding) return true;
        Settle(now);
        _mustRun = _credit <= 0 || (_mustRun && _credit < RunCredit);
        if (_mustRun) return false;
        IsHolding = true;
        return true;
    }

    /// <summary>Between units, and when it is due: looks at what waits for each replica.</summary>
    internal void Update(long now)
    {
        var wasArmed = IsArmed;
        Look(now);
        if (!wasArmed && !IsArmed && !IsSlowing) return;
        Settle(now);
        if (HasRoom || !IsArmed || _credit <= 0) IsHolding = false;

        if (IsSlowing && !IsHolding && now - _lastHeld >= QuietMin) EndPhase();
    }

    private void Look(long now)
    {
        _allowedEnd = long.MaxValue;
        IsArmed = false;
        if (Percent == 0 || !_owner.IsPrimary) return;
        var end = _owner.History.Log.EndOffset;
        var links = _owner.Links;
        for (var i = 0; i < links.Count; i++) // an enumerator of the interface would be garbage in every turn
        {
            var link = links[i];
            var room = link.Window.RoomFor(link, now);
            if (room == long.MaxValue || end + room >= _allowedEnd) continue;
            _allowedEnd = end + room;
            _for = link;
            IsArmed |= room <= NearBytes || room <= link.OutputMemoryBytes / 2;
        }
    }

    private void Settle(long now)
    {
        var elapsed = Math.Max(0, now - _settled);
        _settled = now;
        if (!IsHolding)
        {
            var earned = Percent == 0 ? StretchMax : Math.Min(elapsed, StretchMax) * Percent / (100 - Percent);
            _credit = Math.Min(StretchMax, _credit + earned);
            _noticed = Math.Max(0, _noticed - (elapsed / (NoticeShare - 1)));
            return;
        }

        _credit -= elapsed;
        HeldMicroseconds += elapsed;
        _noticed = Math.Min(2 * NoticeMin, _noticed + elapsed);
        if (IsSlowing) _phaseHeld += elapsed;
        if (_noticed < NoticeMin) return;
        if (!IsSlowing) BeginPhase();
        _lastHeld = now;
    }

    private void BeginPhase()
    {
        _phaseBegan = _settled - _noticed;
        _phaseHeld = _noticed;
        Times++;
        if (_for is not { } link) return;
        ReplicaName = link.Name;
        var state = link.SyncLogBytes > 0 ? " in full sync" : "";
        var buffer = $"{link.OutputMemoryBytes} bytes wait for it, its limit is {link.HardLimitBytes}";
        Log($"Writers are slowed, by at most {Percent} percent, for replica {link.Name}{state}: {buffer}");
    }

    private void EndPhase()
    {
        var (lasted, held) = ((_lastHeld - _phaseBegan) / 1e6, _phaseHeld / 1e6);
        _phaseBegan = -1;
        var end = _for is { IsReplica: true } link ? $"{link.OutputMemoryBytes} bytes wait for it" : "it is gone";
        _for = null;
        var times = string.Create(CultureInfo.InvariantCulture, $"They waited in {held:F1} of {lasted:F1} s");
        Log($"Writers are not slowed for replica {ReplicaName} any more: {end}. {times}");
    }

    private void Log(string text) => _owner.Host.Log(LogLevel.Warning, text);
}
