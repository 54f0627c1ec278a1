using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Runs programs of publishers and subscribers on a pair of servers. After each request every connection of the program sends a PING with a word of its
/// own; what it gets before the answer to that, replies and messages, is what the request has brought it, and must be the same from both servers.
/// </summary>
internal sealed class PubSubRunner(ServerPair pair)
{
    /// <summary>Changes a request on its way to the subject: how a test plants a difference.</summary>
    public Func<string[], string[]>? Plant { get; init; }

    /// <summary>Runs the program; null when the servers agree throughout.</summary>
    public Mismatch? Run(TestProgram program)
    {
        Couple[] clients = [.. program.Protocols.Select(_ => new Couple(pair))];
        try
        {
            for (int i = 0; i < clients.Length; i++)
            {
                if (program.Protocols[i] == 3)
                {
                    clients[i].Both("HELLO", "3");
                }
            }

            int mark = 0;
            foreach (Request request in program.Steps.SelectMany(s => s.Requests))
            {
                if (request.Name == "@SLEEP")
                {
                    continue; // no key of these programs has to expire
                }

                clients[request.Client].Oracle.Send(request.Args);
                clients[request.Client].Subject.Send(Plant is null ? request.Args : Plant(request.Args));
                for (int i = 0; i < clients.Length; i++)
                {
                    // The sender first: what it has sent is executed once its PING is answered.
                    int at = (request.Client + i) % clients.Length;
                    string word = $"mark {++mark}";
                    string expected = Comparable(request.Args, Until(clients[at].Oracle, word));
                    string actual = Comparable(request.Args, Until(clients[at].Subject, word));
                    if (expected != actual)
                    {
                        return new Mismatch($"{request}: what connection {at} gets", expected, actual);
                    }
                }
            }

            return null;
        }
        finally
        {
            Array.ForEach(clients, c => c.Dispose());
        }
    }

    private static List<Reply> Until(RespClient client, string mark)
    {
        client.Send("PING", mark);
        var replies = new List<Reply>();
        while (true)
        {
            Reply reply = ReplyReader.Read(client.Reader);
            if (reply.Text == mark || reply is { Items: [{ Text: "pong" }, { } word] } && word.Text == mark)
            {
                return replies;
            }

            replies.Add(reply);
        }
    }

    /// <summary>
    /// Pushes apart from replies, for a publisher in RESP3 that listens to itself: 7.0 sends its message before the reply, 7.2 behind it. Orders that
    /// are those of hash tables are sorted: patterns that match one message, channels in PUBSUB, what is left when no name is given.
    /// </summary>
    private static string Comparable(string[] args, List<Reply> replies)
    {
        string name = args[0].ToUpperInvariant();
        IEnumerable<Reply> pushes = replies.Where(r => r.Type == '>');
        IEnumerable<Reply> others = replies.Where(r => r.Type != '>');
        if (name == "HELLO")
        {
            return string.Join(' ', replies.Select(r => r.IsError ? r.ToString() : r.Type.ToString())); // versions and ids differ
        }

        if (name == "PUBSUB")
        {
            others = others.Select(r => new Reply(r.Type, r.Text, IsSet(args) ? [.. r.Items.OrderBy(i => i.Text, StringComparer.Ordinal)] : r.Items));
        }
        else if (args.Length == 1 && name.EndsWith("UNSUBSCRIBE", StringComparison.Ordinal))
        {
            return Unordered(pushes) + " " + Unordered(others);
        }

        return string.Join(' ', Messages(pushes).Concat(Messages(others)));
    }

    private static bool IsSet(string[] args) => args.Length > 1 && args[1].EndsWith("CHANNELS", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Messages(IEnumerable<Reply> replies) => replies.Where(r => !IsPatternMessage(r)).Select(r => r.ToString())
        .Concat(replies.Where(IsPatternMessage).Select(r => r.ToString()).Order(StringComparer.Ordinal));

    private static bool IsPatternMessage(Reply reply) => reply.Items is [{ Text: "pmessage" }, ..];

    private static string Unordered(IEnumerable<Reply> replies) =>
        string.Join(' ', replies.Select(r => $"{r.Type}{string.Concat(r.Items.Where((_, i) => i != 1))}")) + " "
        + string.Join(' ', replies.Select(r => r.Items.Length > 1 ? r[1].ToString() : r.ToString()).Order(StringComparer.Ordinal));
}
