using System.Text;
using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Random mixes of blocking commands on both servers: after each step, what every client was told and who waits, and the keyspace events.</summary>
public sealed partial class BlockingMixTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int Steps = 60;

    [PairTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void ClientsAreServedTheSame(bool severalKeys)
    {
        foreach (int seed in ProgramSeeds.From(1, 15))
        {
            Run(seed, severalKeys);
        }
    }

    private void Run(int seed, bool severalKeys)
    {
        var mix = new BlockingMix(seed, severalKeys);
        var log = new List<string>();
        var sent = new List<string[]>();
        using var expected = new Side(pair.Oracle);
        using var actual = new Side(pair.Subject);
        for (int i = 0; i < Steps; i++)
        {
            MixStep step = mix.Next(expected.Blocked);
            sent.AddRange(step.Commands);
            string left = Alike(expected.Execute(step));
            string right = Alike(actual.Execute(step));
            log.Add($"{step}\n{left}");
            Assert.True(left == right, $"seed {seed}, several keys: {severalKeys}\n{string.Join('\n', log.TakeLast(25))}but got\n{right}");
        }

        Assert.True(expected.Digest() == actual.Digest(), $"seed {seed}, several keys: {severalKeys}: other data");
        Mismatch? mismatch = new Streams(pair.Translates).Compare(expected.Stream(), actual.Stream(), sent);
        Assert.True(mismatch is null, $"seed {seed}, several keys: {severalKeys}: {mismatch}\n{string.Join('\n', log)}");
    }

    // Who waits in a group and loses its stream: 7.2 says it in the words of the command.
    private string Alike(string told) => pair.Translates ? LostStream().Replace(told, "-(no such stream or group)") : told;

    [GeneratedRegex("-UNBLOCKED the stream key no longer exists|-NOGROUP the consumer group this client was blocked on no longer exists|"
        + "-NOGROUP No such key 'g[12]' or consumer group 'g' in XREADGROUP with GROUP option")]
    private static partial Regex LostStream();

    /// <summary>One server and the connections of a mix.</summary>
    private sealed class Side : IDisposable
    {
        private readonly ServerProcess _server;
        private readonly RespClient _control;
        private readonly RespClient _listener;
        private readonly SyncClient _stream;
        private readonly RespClient[] _clients = new RespClient[BlockingMix.Clients];
        private readonly string[] _ids = new string[BlockingMix.Clients];
        private readonly int[] _unanswered = new int[BlockingMix.Clients];

        public Side(ServerProcess server)
        {
            _server = server;
            _control = server.Connect();
            Poll.Until("the clients of the mix before to be gone", () => _control.Info("clients")["blocked_clients"] == "0");
            _control.Must("FLUSHALL");
            foreach (string[] command in BlockingMix.Setup)
            {
                _control.Must(command);
            }

            _control.Must("CONFIG", "SET", "notify-keyspace-events", "EA");
            _listener = server.Connect();
            _listener.Must("HELLO", "3");
            _listener.Send("PSUBSCRIBE", "__keyevent@*");
            _listener.Must("PING");
            _listener.Pushes.Clear();
            _stream = SyncClient.Psync(server.Port);
            for (int i = 0; i < _clients.Length; i++)
            {
                Connect(i);
            }
        }

        public bool[] Blocked { get; } = new bool[BlockingMix.Clients];

        public string Digest() => _control.Must("DEBUG", "DIGEST").String;

        public string[][] Stream()
        {
            _control.Must("SET", "end of program", "1");
            return [.. _stream.WaitFor("the end mark", c => c.Args is ["SET", "end of program", ..])[..^1].Select(c => c.Args)];
        }

        /// <summary>Executes a step and says all that followed.</summary>
        public string Execute(MixStep step)
        {
            if (step.Commands.Length == 0)
            {
                Reconnect(step.Client);
            }
            else
            {
                _clients[step.Client].SendRaw([.. step.Commands.SelectMany(c => Latin1.Request([.. c.Select(Resolve)]))]);
                _unanswered[step.Client] += step.Commands.Length;
            }

            var told = new StringBuilder[_clients.Length];
            for (int i = 0; i < told.Length; i++)
            {
                told[i] = new StringBuilder();
            }

            Poll.Until("all commands to be answered or to wait", () => Settles(told), state: () => $"{step}: {string.Join(' ', _unanswered)}");
            _listener.Must("PING");
            string events = string.Join(", ", _listener.Pushes.Select(p => $"{p[2].String["__keyevent@".Length..]} {p[3].String}"));
            _listener.Pushes.Clear();
            return string.Concat(told.Select((t, i) => t.Length > 0 ? $"   {i}: {t}\n" : ""))
                + $"   waiting: {string.Join(' ', Enumerable.Range(0, _clients.Length).Where(i => Blocked[i]))}; events: {events}\n";
        }

        public void Dispose()
        {
            foreach (RespClient client in _clients)
            {
                client.Dispose();
            }

            _stream.Dispose();
            _listener.Dispose();
            _control.Must("CONFIG", "SET", "notify-keyspace-events", "");
            _control.Dispose();
        }

        // Nothing comes any more while the server says that whoever has not been answered waits.
        private bool Settles(StringBuilder[] told)
        {
            Drain(told);
            string[] lines = _control.Must("CLIENT", "LIST").String.Split('\n');
            for (int i = 0; i < _clients.Length; i++)
            {
                string line = lines.First(l => l.StartsWith($"id={_ids[i]} ", StringComparison.Ordinal));
                Blocked[i] = line.Split(" flags=")[1].Split(' ')[0].Contains('b', StringComparison.Ordinal);
            }

            _control.Must("PING"); // the list may have been told before what else was due in its turn
            return !Drain(told) && Enumerable.Range(0, _clients.Length).All(i => Blocked[i] == _unanswered[i] > 0);
        }

        private bool Drain(StringBuilder[] told)
        {
            bool any = false;
            for (int i = 0; i < _clients.Length; i++)
            {
                for (; _clients[i].HasData; any = true)
                {
                    told[i].Append(_clients[i].Read()).Append("  ");
                    _unanswered[i]--;
                }
            }

            return any;
        }

        private void Connect(int client)
        {
            _clients[client] = _server.Connect();
            _ids[client] = _clients[client].Must("CLIENT", "ID").Integer.ToString();
            _unanswered[client] = 0;
            if (client % 2 == 1)
            {
                _clients[client].Must("HELLO", "3");
            }
        }

        private void Reconnect(int client)
        {
            _clients[client].Dispose();
            Poll.Until("the server to notice", () => _control.Must("CLIENT", "LIST", "ID", _ids[client]).String.Length == 0);
            Connect(client);
        }

        private string Resolve(string word) => word is ['@', var client] ? _ids[client - '0'] : word;
    }
}
