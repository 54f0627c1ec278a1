using System.Globalization;
using Redouble.Interop.Tests.Differential.Collections;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// What a program can ask of the runner itself:
/// <list type="bullet">
/// <item><c>@sleep ms</c>: a pause for both.</item>
/// <item><c>@scan words…</c>: a whole SCAN iteration; the reply is the sorted set of the keys found.</item>
/// <item><c>@randomkey</c> and <c>@rawscan words…</c>: RANDOMKEY, and one call of SCAN, once all expired keys are deleted.</item>
/// <item><c>@redump source target words…</c>: DUMPs the source key of the *oracle* and RESTOREs that payload on both.</item>
/// <item><c>@damage source target position value words…</c>: the same with one byte of the payload changed.</item>
/// <item><c>@restoreback source target</c>: DUMPs the source key of the *subject* and RESTOREs that payload on both, when the oracle can read its
/// version.</item>
/// <item><c>@limit directive value</c>: CONFIG SET of a limit of the packed encodings.</item>
/// <item><c>@reload</c>, <c>@memoryusage key</c>: DEBUG RELOAD; whether MEMORY USAGE gives a number.</item>
/// <item>those about collections in <see cref="CollectionMacros"/> and <see cref="RandomMacros"/>.</item>
/// </list>
/// </summary>
internal static class Macros
{
    public static string Expand(string word, DateTimeOffset now) =>
        word.StartsWith("@nowms", StringComparison.Ordinal) ? (now.ToUnixTimeMilliseconds() + Number(word[6..])).ToString(CultureInfo.InvariantCulture)
        : word.StartsWith("@now", StringComparison.Ordinal) ? (now.ToUnixTimeSeconds() + Number(word[4..])).ToString(CultureInfo.InvariantCulture)
        : word;

    /// <summary>Runs a macro on both servers; the two replies are then compared like any others.</summary>
    /// <param name="translate">True when the oracle is a 7.0 and the subject reports 7.2.</param>
    public static (Reply Oracle, Reply Subject) Run(string[] args, RespClient oracle, RespClient subject, bool translate)
    {
        switch (args[0])
        {
            case "@sleep":
                Thread.Sleep(int.Parse(args[1], CultureInfo.InvariantCulture));
                return (Reply.Ok, Reply.Ok);
            case "@scan":
                return (ScanAll(oracle, args[1..]), ScanAll(subject, args[1..]));
            case "@redump":
                Reply payload = DumpOnBoth(args[1], oracle, subject);
                if (payload.IsNull || payload.Type != '$')
                {
                    return (payload, payload);
                }

                string[] restore = ["RESTORE", args[2], args[3], payload.String, .. args[4..]];
                return (oracle.Call(restore), subject.Call(restore));
            case "@randomkey":
                return (WithoutExpired(oracle, ["RANDOMKEY"]), WithoutExpired(subject, ["RANDOMKEY"]));
            case "@rawscan":
                return (WithoutExpired(oracle, ["SCAN", .. args[1..]]), WithoutExpired(subject, ["SCAN", .. args[1..]]));
            case "@damage":
                return Damage(args, oracle, subject);
            case "@restoreback":
                return RestoreBack(args, oracle, subject);
            case "@limit":
                return (oracle.Call("CONFIG", "SET", args[1], args[2]), subject.Call("CONFIG", "SET", args[1], args[2]));
            case "@reload":
                return (oracle.Call("DEBUG", "RELOAD"), subject.Call("DEBUG", "RELOAD"));
            case "@memoryusage":
                return (Kind(oracle.Call("MEMORY", "USAGE", args[1])), Kind(subject.Call("MEMORY", "USAGE", args[1])));
            default:
                return RandomMacros.Run(args, oracle, subject) ?? CollectionMacros.Run(args, oracle, subject, translate)
                    ?? throw new InvalidOperationException($"no such macro: {args[0]}");
        }
    }

    private static Reply Kind(Reply reply) => reply.IsInteger && reply.Integer > 0 ? Reply.Number(1) : reply;

    /// <summary>DUMP on both servers, since it may also expire the key; returns the payload of the first.</summary>
    private static Reply DumpOnBoth(string key, RespClient wanted, RespClient other)
    {
        other.Call("DUMP", key);
        return wanted.Call("DUMP", key);
    }

    private static (Reply Oracle, Reply Subject) Damage(string[] args, RespClient oracle, RespClient subject)
    {
        Reply payload = DumpOnBoth(args[1], oracle, subject);
        if (payload.Type != '$' || payload.IsNull)
        {
            return (payload, payload);
        }

        char[] bytes = payload.String.ToCharArray();
        int at = (int)(Number(args[3]) % bytes.Length);
        bytes[at] = (char)(bytes[at] ^ (int)Number(args[4]));
        string[] restore = ["RESTORE", args[2], "0", new string(bytes), "REPLACE"];
        return (oracle.Call(restore), subject.Call(restore));
    }

    private static (Reply Oracle, Reply Subject) RestoreBack(string[] args, RespClient oracle, RespClient subject)
    {
        Reply payload = DumpOnBoth(args[1], subject, oracle);
        if (payload.Type != '$' || payload.Text is not { Length: > 10 } bytes || bytes[^10] > 10)
        {
            return (Reply.Ok, Reply.Ok);
        }

        string[] restore = ["RESTORE", args[2], "0", bytes, "REPLACE"];
        return (oracle.Call(restore), subject.Call(restore));
    }

    /// <summary>RANDOMKEY and SCAN delete the expired keys that they happen to meet, so a whole SCAN has to have deleted them all before.</summary>
    private static Reply WithoutExpired(RespClient client, string[] args)
    {
        Reply scan = client.Call("SCAN", "0", "COUNT", "1000000");
        return scan.IsAggregate ? client.Call(args) : scan;
    }

    private static Reply ScanAll(RespClient client, string[] options)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        string cursor = "0";
        for (int calls = 0; calls < 10_000; calls++)
        {
            Reply reply = client.Call(["SCAN", cursor, .. options]);
            if (reply.Items is not [{ } next, { } keys])
            {
                return reply;
            }

            found.UnionWith(keys.Items.Select(k => k.String));
            cursor = next.String;
            if (cursor == "0")
            {
                return Reply.Array([.. found.Select(Reply.Bulk)]);
            }
        }

        return Reply.Error("the cursor did not come back to 0 within 10,000 calls");
    }

    private static long Number(string text) => text.Length == 0 ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
}
