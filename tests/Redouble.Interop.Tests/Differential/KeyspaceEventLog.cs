using Redouble.Interop.Tests.Differential.Collections;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Listens to the keyspace events of both servers and compares those of one request at a time. The listeners speak RESP3, so a PING of theirs, sent
/// once the request is answered, is answered behind all that the request published: no waiting, and a difference names its request.
/// </summary>
internal sealed class KeyspaceEventLog : IDisposable
{
    private readonly Couple _listeners;
    private readonly bool _translates;

    public KeyspaceEventLog(ServerPair pair)
    {
        _listeners = new Couple(pair);
        _translates = pair.Translates;
        _listeners.Both("HELLO", "3");
        _listeners.Oracle.Send("PSUBSCRIBE", "__key*__:*");
        _listeners.Subject.Send("PSUBSCRIBE", "__key*__:*");
    }

    /// <summary>All classes from here on; what has come so far is dropped.</summary>
    public void Restart()
    {
        _listeners.Both("CONFIG", "SET", "notify-keyspace-events", "AKEmn");
        _listeners.Both("PING");
        _listeners.Oracle.Pushes.Clear();
        _listeners.Subject.Pushes.Clear();
    }

    /// <summary>What both have published since the last call: the same events in the same order, or a difference.</summary>
    public Mismatch? Compare(Request request)
    {
        _listeners.Both("PING");
        // SCAN TYPE of a key that has expired: 7.0 looks it up as a reader does, which misses.
        bool withoutMisses = (_translates && request.Name is ("SCAN" or "@SCAN" or "@RAWSCAN")
            && request.Args.Contains("TYPE", StringComparer.OrdinalIgnoreCase)) || OpenOrders.ChoosesFreely(request.Args);
        bool inAnyOrder = request.Name is "SORT" or "SORT_RO" // a set is sorted from the order of each server's own table
            || (_translates && request.Name == "XREADGROUP"); // 7.0 is made to create consumers after the reply
        string expected = Take(_listeners.Oracle, withoutMisses, inAnyOrder);
        string actual = Take(_listeners.Subject, withoutMisses, inAnyOrder);
        return expected == actual ? null : new Mismatch($"keyspace events of {request}", expected, actual);
    }

    public void Dispose() => _listeners.Dispose();

    // "channel message" per event, two of each: that of the key's channel comes first. A walk (SCAN, KEYS, RANDOMKEY) finds expired keys in the order of
    // each server's table: runs of these are sorted.
    private static string Take(RespClient listener, bool withoutMisses, bool inAnyOrder)
    {
        List<(string Channel, string Message)> events = [.. listener.Pushes.Where(p => p.Items.Length == 4).Select(p => (p[2].String, p[3].String))
            .Where(e => !withoutMisses || !IsOf(e, "keymiss"))];
        listener.Pushes.Clear();
        if (inAnyOrder)
        {
            events.Sort();
        }

        for (int i = 0; i < events.Count; i++)
        {
            int end = i;
            while (end < events.Count && IsOf(events[end], "expired"))
            {
                end++;
            }

            if (end - i > 2)
            {
                var sorted = events[i..end].Chunk(2).OrderBy(pair => pair[0].Channel, StringComparer.Ordinal).SelectMany(pair => pair).ToList();
                events.RemoveRange(i, end - i);
                events.InsertRange(i, sorted);
            }

            i = Math.Max(i, end - 1);
        }

        return string.Join("; ", events.Select(e => Latin1.Quote([e.Channel, e.Message])));
    }

    private static bool IsOf((string Channel, string Message) e, string name) =>
        e.Channel.StartsWith("__keyspace", StringComparison.Ordinal) ? e.Message == name : e.Channel.EndsWith($"__:{name}", StringComparison.Ordinal);
}
