using System.Net.Sockets;
using Redouble.Interop.Tests.Harness;
using Xunit.Sdk;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Client-side caching on both servers: after every step of a random program, all that all connections have received, replies and messages in
/// their order, must be the same, and the numbers in INFO too. <c>REDOUBLE_DIFF_SEEDS</c> as for <see cref="DifferentialTests"/>.
/// </summary>
public sealed class TrackingTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int Programs = 25;

    private const int StepsPerProgram = 60;

    [PairFact]
    public void MessagesAgree()
    {
        int messages = 0;
        foreach (int seed in ProgramSeeds.From(1, Programs))
        {
            messages += Run(seed);
        }

        Assert.True(messages > 0, "No invalidation message was seen: nothing was tested.");
    }

    /// <summary>Which entries a full table loses is random; how many, and that each is told of, is not.</summary>
    [PairFact]
    public void TheLimitAgrees()
    {
        int[] expected = Evictions(pair.Oracle);
        Assert.Equal([0, 7, 10], expected);
        Assert.Equal(expected, Evictions(pair.Subject));
    }

    private static int[] Evictions(ServerProcess server)
    {
        using RespClient writer = server.Connect();
        using RespClient reader = server.Connect();
        try
        {
            writer.Must("FLUSHALL");
            writer.Must("CONFIG", "SET", "tracking-table-max-keys", "5");
            reader.Must("HELLO", "3");
            reader.Must("CLIENT", "TRACKING", "ON");
            var counts = new List<int>();
            foreach ((int first, int keys) in ((int, int)[])[(0, 5), (0, 12), (20, 3)])
            {
                reader.Must(["MGET", .. Enumerable.Range(first, keys).Select(i => $"k{i}")]);
                writer.Must("PING");
                Assert.Equal("5", writer.Info("stats")["tracking_total_keys"]);
                reader.Must("PING");
                counts.Add(reader.Pushes.Count);
            }

            Assert.Equal(counts[^1], reader.Pushes.Select(push => push[1][0].String).Distinct().Count());
            return [.. counts];
        }
        finally
        {
            writer.Must("CONFIG", "SET", "tracking-table-max-keys", "1000000");
        }
    }

    private int Run(int seed)
    {
        using var oracle = new TrackingSide(pair.Oracle);
        using var subject = new TrackingSide(pair.Subject);
        var done = new List<string>();
        bool hasReconnected = false;
        foreach (TrackingStep step in new TrackingProgram(seed).Steps(StepsPerProgram))
        {
            hasReconnected |= step.Reconnects || step.Commands.Any(c => c[0] == "CLIENT" && c[1] == "KILL");
            done.Add($"{step.Client}{(step.Reconnects ? " (again)" : "")}> {string.Join(" ; ", step.Commands.Select(c => Latin1.Quote(c)))}");
            string expected = oracle.Execute(step, hasReconnected);
            string actual = subject.Execute(step, hasReconnected);
            if (expected != actual)
            {
                throw new XunitException(
                    $"{new Mismatch(done[^1], expected, actual)}\n\nREDOUBLE_DIFF_SEEDS=={seed}, step {done.Count}, after:\n{string.Join('\n', done)}\n"
                    + $"{pair.Subject.LogTail(8)}\n{pair.LastCrash}");
            }
        }

        return oracle.Messages;
    }

    /// <summary>All connections of a program to one server.</summary>
    private sealed class TrackingSide : IDisposable
    {
        private readonly ServerProcess _server;
        private readonly RespClient _control;
        private readonly RespClient[] _clients = new RespClient[TrackingProgram.Clients];
        private readonly Dictionary<string, string> _names = [];
        private int _barriers;
        private bool _showsIds;

        public TrackingSide(ServerProcess server)
        {
            _server = server;
            _control = server.Connect();
            Poll.Until("the connections of the program before to go", () => _control.Info("clients")["tracking_clients"] == "0");
            _control.Must("FLUSHALL");
            for (int i = 0; i < _clients.Length; i++)
            {
                Connect(i);
            }

            for (int i = 0; i < TrackingProgram.FirstReceiver - 2; i++)
            {
                _clients[i].Must("HELLO", "3");
                _clients[i].Must("CLIENT", "TRACKING", "ON");
            }
        }

        public int Messages { get; private set; }

        /// <summary>Everything that all connections have received because of the step.</summary>
        public string Execute(TrackingStep step, bool hasReconnected)
        {
            if (step.Reconnects)
            {
                Reconnect(step.Client);
            }

            var bytes = new MemoryStream();
            foreach (string[] command in step.Commands)
            {
                bytes.Write(Latin1.Request([.. command.Select(Resolve)]));
            }

            _clients[step.Client].SendRaw(bytes.ToArray());
            _showsIds = step.Commands.Any(c => c.Length == 2 && c[1] is "GETREDIR" or "ID");
            // The step's own connection first: what it has answered is done, and others have been told of it. Twice, because the first PING may be
            // answered in the turn of the step itself, and what broadcasts tell comes at its end.
            string[] received = new string[_clients.Length];
            received[step.Client] = $"{Drain(step.Client)} {Drain(step.Client)}".Trim();
            Thread.Sleep(step.SleepMs);
            for (int i = 0; i < _clients.Length; i++)
            {
                received[i] ??= Drain(i);
            }

            Dictionary<string, string> info = _control.Info();
            string items = hasReconnected ? "" : info["tracking_total_items"]; // ours forgets who has gone when another comes in its place
            return string.Join('\n', received.Select((text, i) => $"{i}: {text}"))
                + $"\nclients {info["tracking_clients"]} keys {info["tracking_total_keys"]} items {items} prefixes {info["tracking_total_prefixes"]}";
        }

        public void Dispose()
        {
            foreach (RespClient client in _clients)
            {
                client?.Dispose();
            }

            _control.Dispose();
        }

        private void Connect(int client)
        {
            _clients[client] = _server.Connect();
            _names[_clients[client].Must("CLIENT", "ID").Integer.ToString()] = $"@id{client}";
        }

        private void Reconnect(int client)
        {
            string id = _names.Last(n => n.Value == $"@id{client}").Key;
            _clients[client].Dispose();
            Poll.Until("the connection to go", () => _control.Must("CLIENT", "LIST", "ID", id).String.Length == 0);
            _names[id] = $"@old{client}";
            Connect(client);
        }

        private string Resolve(string word) => word.StartsWith("@id", StringComparison.Ordinal) ? _names.Last(n => n.Value == word).Key : word;

        // What has come up to the answer to a PING that nothing else looks like.
        private string Drain(int client)
        {
            string token = $"barrier{_barriers++}";
            var frames = new List<string>();
            try
            {
                _clients[client].Send("PING", token);
                while (true)
                {
                    Reply reply = ReplyReader.Read(_clients[client].Reader);
                    if (reply.Text == token || (reply.Items.Length == 2 && reply[1].Text == token))
                    {
                        return string.Join(' ', frames);
                    }

                    Messages += reply.Type == '>' || (reply.Items.Length == 3 && reply[0].Text == "message") ? 1 : 0;
                    frames.Add(Named(reply, _showsIds).ToString());
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                Reconnect(client);
                return $"{string.Join(' ', frames)} (closed)";
            }
        }

        // Ids are the servers' own, and so are versions.
        private Reply Named(Reply reply, bool hasIds)
        {
            if (reply.Type == ':')
            {
                return hasIds && reply.Integer > 0 && _names.TryGetValue(reply.Text!, out string? name) ? new Reply(':', name) : reply;
            }

            if (!reply.IsAggregate || reply.Items.Length == 0)
            {
                return reply;
            }

            hasIds |= reply[0].Text is "flags" or "tracking-redir-broken";
            return reply[0].Text == "server" ? new Reply('+', "(hello)") : new Reply(reply.Type, null, [.. reply.Items.Select(item => Named(item, hasIds))]);
        }
    }
}
