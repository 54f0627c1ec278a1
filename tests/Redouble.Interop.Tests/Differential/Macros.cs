using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// What a program can ask of the runner itself:
/// <list type="bullet">
/// <item><c>@sleep ms</c>: a pause for both.</item>
/// <item><c>@scan words…</c>: a whole SCAN iteration; the reply is the sorted set of the keys found.</item>
/// <item><c>@redump source target words…</c>: DUMPs the source key of the *oracle* and RESTOREs that payload on both.</item>
/// </list>
/// </summary>
internal static class Macros
{
    public static string Expand(string word, DateTimeOffset now) =>
        word.StartsWith("@nowms", StringComparison.Ordinal) ? (now.ToUnixTimeMilliseconds() + Number(word[6..])).ToString(CultureInfo.InvariantCulture)
        : word.StartsWith("@now", StringComparison.Ordinal) ? (now.ToUnixTimeSeconds() + Number(word[4..])).ToString(CultureInfo.InvariantCulture)
        : word;

    /// <summary>Runs a macro on both servers; the two replies are then compared like any others.</summary>
    public static (Reply Oracle, Reply Subject) Run(string[] args, RespClient oracle, RespClient subject)
    {
        switch (args[0])
        {
            case "@sleep":
                Thread.Sleep(int.Parse(args[1], CultureInfo.InvariantCulture));
                return (Reply.Ok, Reply.Ok);
            case "@scan":
                return (ScanAll(oracle, args[1..]), ScanAll(subject, args[1..]));
            case "@redump":
                Reply payload = oracle.Call("DUMP", args[1]);
                if (payload.IsError || payload.IsNull || payload.Type != '$')
                {
                    return (payload, payload);
                }

                string[] restore = ["RESTORE", args[2], args[3], payload.String, .. args[4..]];
                return (oracle.Call(restore), subject.Call(restore));
            default:
                throw new InvalidOperationException($"no such macro: {args[0]}");
        }
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
