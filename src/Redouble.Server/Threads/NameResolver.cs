using System.Net;
using System.Net.Sockets;

namespace Redouble.Server.Threads;

/// <summary>What became of a name: an address, or why there is none.</summary>
/// <param name="Address">The address; null when the name does not resolve.</param>
/// <param name="Error">Why not.</param>
public readonly record struct ResolvedName(IPAddress? Address, string Error);

/// <summary>
/// Looks up host names away from the data thread: the system's resolver may take half a minute, and cannot be stopped. One name is wanted at
/// a time; the answer for one that is not wanted any more is dropped.
/// <code>
///   data thread       Begin(a) ──────── Begin(b) ────────────── TryTake → b
///   thread of a          └─ lookup … … … … … … … ─┤ dropped        ▲
///   thread of b                             └─ lookup ─┤ answer, wake
/// </code>
/// Each lookup has a short-lived thread of its own, so that a slow one delays no other name; a name that is being looked up is not looked up
/// a second time, and more than <see cref="LookupsMax"/> names at once are refused.
/// </summary>
public sealed class NameResolver
{
    /// <summary>Lookups that may be under way at a time.</summary>
    public const int LookupsMax = 8;

    private const int StackBytes = 256 * 1024;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);
    private readonly Func<string, IPAddress[]> _lookup;
    private readonly Action _wakeLoop;
    private string? _wanted;
    private ResolvedName? _answer;
    private volatile bool _hasAnswer; // what the loop looks at in every turn, without the lock

    /// <param name="wakeLoop">Makes the loop's wait return; called on a lookup's thread.</param>
    public NameResolver(Action wakeLoop)
        : this(Dns.GetHostAddresses, wakeLoop)
    {
    }

    /// <param name="lookup">Finds the addresses of a name, or throws; called on a thread of its own.</param>
    /// <param name="wakeLoop">Makes the loop's wait return; called on a lookup's thread.</param>
    public NameResolver(Func<string, IPAddress[]> lookup, Action wakeLoop)
    {
        _lookup = lookup;
        _wakeLoop = wakeLoop;
    }

    /// <summary>Data thread: wants the address of <paramref name="name"/>, and that of no other name any more.</summary>
    public void Begin(string name)
    {
        lock (_lock)
        {
            _wanted = name;
            Set(null);
            if (_running.Contains(name)) return; // its answer will do for this request too
            if (_running.Count == LookupsMax)
            {
                Set(new ResolvedName(null, $"{LookupsMax} other names are still being looked up"));
                return;
            }

            _running.Add(name);
        }

        new Thread(() => Run(name), StackBytes) { IsBackground = true, Name = "resolver" }.Start();
    }

    /// <summary>Data thread: wants no address any more.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            _wanted = null;
            Set(null);
        }
    }

    /// <summary>Data thread: takes the answer for the wanted name, once; false while there is none.</summary>
    public bool TryTake(out ResolvedName answer)
    {
        answer = default;
        if (!_hasAnswer) return false;
        lock (_lock)
        {
            answer = _answer!.Value; // only this thread takes it away
            _wanted = null;
            Set(null);
            return true;
        }
    }

    private void Set(ResolvedName? answer)
    {
        _answer = answer;
        _hasAnswer = answer != null;
    }

    private void Run(string name)
    {
        var answer = LookUp(name);
        lock (_lock)
        {
            _running.Remove(name);
            if (_wanted != name) return;
            Set(answer);
        }

        _wakeLoop();
    }

    private ResolvedName LookUp(string name)
    {
        try
        {
            // IPv4 first: a primary that listens on one family only rarely listens on the other.
            var found = _lookup(name);
            var address = Array.Find(found, ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? found.FirstOrDefault();
            return new ResolvedName(address, address == null ? "it has no address" : "");
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            return new ResolvedName(null, error.Message);
        }
    }
}
