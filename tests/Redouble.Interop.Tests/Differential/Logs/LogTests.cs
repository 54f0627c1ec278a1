using System.Net.Sockets;
using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Logs;

/// <summary>
/// Both servers live through the same, and their logs at <c>loglevel debug</c> are compared line by line, with role, level, order and the whole text;
/// only numbers are masked. <see cref="LogText"/> lists what is left out.
/// </summary>
public sealed class LogTests
{
    [PairFact]
    public void StartClientsSavesAndAllWaysToEnd() => Compare((s, kind) =>
    {
        var server = new LoggedServer(s, kind, "server", "--pidfile", "./server.pid", "--unixsocket", "./server.sock", "--save", "3600 100").Start();
        server.Wait("connections" + (kind == ServerKind.Redis ? " at" : " unix"));
        server.Scene("start");
        Reply pong = server.Call("PING");
        Assert.Equal("+PONG", pong.ToString());
        server.Wait("Accepted");
        server.Scene("a client");
        server.Call("SET", "k", "v");
        server.Call("SAVE");
        server.Wait("DB saved on disk");
        server.Scene("SAVE");
        server.Call("BGSAVE");
        server.Wait("Background saving terminated with success");
        server.Scene("BGSAVE");
        server.Call("FLUSHALL");
        server.Wait("DB saved on disk");
        server.Scene("FLUSHALL");
        server.Call("DEBUG", "RELOAD");
        server.Wait("DB reloaded by DEBUG RELOAD");
        server.Scene("DEBUG RELOAD");
        server.Call("SET", "k", "v");
        server.Call("SAVE");
        server.Call("CONFIG", "SET", "save", "1 1");
        server.Call("SET", "k", "w");
        server.Wait("Background saving terminated with success");
        server.Scene("save points");
        Assert.Equal(0, server.Shutdown());
        server.Scene("SHUTDOWN");
        server.Start();
        server.Scene("start with a file");
        Assert.Equal(0, server.Shutdown("NOSAVE"));
        server.Scene("SHUTDOWN NOSAVE");
        server.Start();
        server.Scene("start again");
        Assert.Equal(0, server.End("TERM"));
        server.Scene("SIGTERM");
        server.Start();
        server.Scene("start once more");
        Assert.Equal(0, server.End("INT"));
        server.Scene("SIGINT");
        return [server];
    });

    [PairFact]
    public void ClientsThatMisbehave() => Compare((s, kind) =>
    {
        LoggedServer server = new LoggedServer(s, kind, "server").Start();
        server.Scene("start");
        foreach (string wrong in (string[])["*x\r\n", "*2147483648\r\n", "*1\r\n$-5\r\n", "*1\r\n+OK\r\n", "\"a b\r\n", new('x', 70_000), "*" + new string('1', 70_000), "*1\r\n$" + new string('1', 70_000)])
        {
            using RespClient client = server.Connect();
            client.SendRaw(wrong);
            Assert.True(client.IsClosedByServer());
            server.Wait("Protocol error");
            server.Scene(wrong[..Math.Min(wrong.Length, 20)]);
        }

        using (RespClient browser = server.Connect())
        {
            browser.SendRaw("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.True(browser.IsClosedByServer());
        }

        server.Scene("a browser");
        RespClient silent = server.Connect();
        Assert.Equal("+OK", silent.Call("CLIENT", "SETNAME", "silent").ToString());
        silent.Dispose();
        server.Wait("Client closed connection");
        server.Scene("a client that leaves");
        using (var rude = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            rude.Connect("127.0.0.1", server.Process.Port);
            rude.Send("PING\r\n"u8);
            rude.Receive(new byte[16]);
            rude.LingerState = new LingerOption(true, 0);
        }

        server.Wait("Reading from client");
        server.Scene("a client that resets");
        server.Call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        server.Call("CONFIG", "SET", "timeout", "1");
        using RespClient idle = server.Connect();
        Assert.True(idle.IsClosedByServer());
        server.Wait("Closing idle client", times: 2); // the connection that is kept has been silent as long
        server.Scene("a client that is silent");
        return [server];
    });

    [PairFact]
    public void SavesThatFail() => Compare((s, kind) =>
    {
        LoggedServer server = new LoggedServer(s, kind, "server", "--save", "3600 100").Start();
        server.Scene("start");
        server.Call("SET", "k", "v");
        Directory.CreateDirectory(Path.Combine(server.Process.RdbPath, "in the way"));
        Assert.Equal("-ERR", server.Call("SAVE").ToString());
        server.Scene("SAVE");
        Assert.Equal("+Background saving started", server.Call("BGSAVE").ToString());
        server.Wait("Background saving error");
        server.Scene("BGSAVE");
        Assert.Equal("-ERR Errors trying to SHUTDOWN. Check logs.", server.Call("SHUTDOWN").ToString());
        server.Scene("SHUTDOWN");
        server.Process.Signal("TERM");
        server.Wait("Errors trying to shut down the server");
        server.Scene("SIGTERM");
        Assert.Equal(0, server.Shutdown("FORCE"));
        server.Scene("SHUTDOWN FORCE");
        return [server];
    });

    [PairTheory]
    [InlineData("REDOS0010garbage", "Wrong signature trying to load DB from file")]
    [InlineData("REDIS0000garbage", "Can't handle RDB format version")]
    public void FilesThatAreNoDataSet(string content, string reason) => Compare((s, kind) =>
    {
        var server = new LoggedServer(s, kind, "server");
        File.WriteAllText(server.Process.RdbPath, content);
        server.Start(until: "Exiting.");
        Assert.Equal(1, server.Process.WaitForExit());
        Assert.Contains(reason, server.Process.Log());
        server.SceneWithout("start", Detail); // ours says at which offset of which file, too
        return [server];
    });

    [PairFact]
    public void DirectivesThatAreWrong() => Compare((s, kind) =>
    {
        var server = new LoggedServer(s, kind, "server", "--maxmemory", "plenty");
        server.Start(until: "memory value");
        Assert.Equal(1, server.Process.WaitForExit());
        server.Scene("start");
        return [server];
    });

    [PairFact]
    public void LinksThatComeAndGo() => Compare((s, kind) =>
    {
        LoggedServer primary = new LoggedServer(s, kind, "primary").Start();
        LoggedServer replica = new LoggedServer(s, kind, "replica").Start();
        primary.Call("DEBUG", "POPULATE", "100");
        replica.Call("PING");
        Scenes("start");
        Follow(replica, primary);
        replica.Wait("Finished with success");
        primary.Wait("Synchronization with replica");
        Scenes("REPLICAOF");
        Assert.Equal("+OK Already connected to specified master", Follow(replica, primary).ToString());
        Scenes("REPLICAOF the same");
        Settle(primary, replica);
        primary.Call("CLIENT", "KILL", "TYPE", "replica");
        replica.Wait("Master accepted a Partial Resynchronization");
        primary.Wait("accepted. Sending");
        Scenes("the primary cuts the link");
        primary.Call("SET", "k", "v");
        Settle(primary, replica);
        replica.Call("CLIENT", "KILL", "TYPE", "master");
        replica.Wait("Master accepted a Partial Resynchronization");
        primary.Wait("accepted. Sending");
        Scenes("the replica cuts the link");
        replica.Call("REPLICAOF", "NO", "ONE");
        primary.Wait("Connection with replica");
        Scenes("REPLICAOF NO ONE");
        Follow(primary, replica);
        primary.Wait("Master accepted a Partial Resynchronization");
        Scenes("the roles change");
        Settle(replica, primary);
        Assert.Equal(0, replica.Shutdown("NOSAVE"));
        primary.Wait("Error condition on socket for SYNC");
        replica.Scene("SHUTDOWN");
        primary.SceneUntil("the primary ends", "Error condition on socket for SYNC");
        primary.Process.Kill();
        return [primary, replica];

        void Scenes(string title)
        {
            primary.Scene(title);
            replica.Scene(title);
        }
    });

    [PairFact]
    public void ChainsAndFilesForReplicas() => Compare((s, kind) =>
    {
        LoggedServer top = new LoggedServer(s, kind, "top", "--repl-diskless-sync", "no").Start();
        LoggedServer middle = new LoggedServer(s, kind, "middle").Start();
        LoggedServer bottom = new LoggedServer(s, kind, "bottom").Start();
        LoggedServer[] all = [top, middle, bottom];
        top.Call("SET", "k", "v");
        middle.Call("PING");
        bottom.Call("PING");
        Scenes("start");
        Follow(bottom, middle);
        bottom.Wait("Finished with success");
        middle.Wait("Synchronization with replica");
        Scenes("the lower link");
        Settle(middle, bottom);
        Follow(middle, top);
        middle.Wait("Finished with success");
        middle.Wait("Synchronization with replica");
        bottom.Wait("Finished with success");
        Scenes("the upper link");
        Settle(middle, bottom);
        Assert.Equal(0, top.Shutdown("NOSAVE"));
        top.Scene("SHUTDOWN");
        bottom.Call("SAVE");
        bottom.Process.Kill();
        return all;

        void Scenes(string title)
        {
            foreach (LoggedServer server in all)
            {
                server.Scene(title);
            }
        }
    });

    private static string Detail(string line) => line.Contains(" (at offset", StringComparison.Ordinal) ? line[..line.IndexOf(" (at offset", StringComparison.Ordinal)] : line;

    private static Reply Follow(LoggedServer replica, LoggedServer primary) => replica.Call("REPLICAOF", "127.0.0.1", primary.Process.Port.ToString());

    // Redis acknowledges within a second after the sync.
    private static void Settle(LoggedServer primary, LoggedServer replica)
    {
        Poll.Until("the replica to have acknowledged all", () =>
        {
            string info = primary.Call("INFO", "replication").String;
            Match acknowledged = Regex.Match(info, "state=online,offset=([0-9]+)");
            return acknowledged.Success && info.Contains($"master_repl_offset:{acknowledged.Groups[1].Value}\r", StringComparison.Ordinal);
        });
        Poll.Until("the link to be up", () => replica.Call("INFO", "replication").String.Contains("master_link_status:up", StringComparison.Ordinal));
    }

    private static void Compare(Func<Scenario, ServerKind, LoggedServer[]> life) => Scenario.Run(s =>
    {
        LoggedServer[] expected = life(s, ServerKind.Redis);
        LoggedServer[] actual = life(s, Peers.Subject);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(expected[i].Story.SequenceEqual(actual[i].Story), Difference(expected[i], actual[i]));
        }
    });

    private static string Difference(LoggedServer expected, LoggedServer actual)
    {
        IReadOnlyList<string> wanted = expected.Story;
        IReadOnlyList<string> got = actual.Story;
        int at = 0;
        while (at < wanted.Count && at < got.Count && wanted[at] == got[at])
        {
            at++;
        }

        int from = Math.Max(0, at - 3);
        return $"{expected.Process.Name}: Redis wrote\n{Part(wanted)}\n\nand Redouble\n{Part(got)}\n";

        string Part(IReadOnlyList<string> lines) => string.Join('\n', lines.Skip(from).Take(10).Select((line, i) => $"{(from + i == at ? "=> " : "   ")}{line}"));
    }
}
