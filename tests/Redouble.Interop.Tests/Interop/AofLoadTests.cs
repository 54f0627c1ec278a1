using System.Text;
using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Append-only files that a real Redis has written, of every form, are loaded into an equal data set.</summary>
public sealed class AofLoadTests
{
    private const string Folder = "appendonlydir";

    [PairTheory]
    [InlineData("yes", "no")]
    [InlineData("no", "yes")]
    public void FilesOfRedisAreLoaded(string preamble, string timestamps) => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        var (redis, digest) = Write(s, preamble, timestamps);
        ServerProcess server = s.Create(ServerKind.Redouble, "loaded", "--appendonly", "yes");
        CopyFolder(redis, server);
        server.StartLoaded();
        Assert.Equal(digest, server.Digest());
        Assert.Contains("DB loaded from base file appendonly.aof.2.base.", server.Log(), StringComparison.Ordinal);
        Assert.Contains("DB loaded from incr file appendonly.aof.2.incr.aof", server.Log(), StringComparison.Ordinal);
        server.Once("DEBUG", "LOADAOF");
        Assert.Equal(digest, server.Digest());
    });

    [PairTheory]
    [InlineData("yes")]
    [InlineData("no")]
    public void AnOldSingleFileIsTakenOver(string preamble) => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        var (redis, digest) = Write(s, preamble, "no");
        string folder = redis.Directory[Folder];
        ServerProcess server = s.Create(ServerKind.Redouble, "loaded", "--appendonly", "yes");
        string extension = preamble == "yes" ? "rdb" : "aof";
        byte[] single = [.. File.ReadAllBytes(Path.Combine(folder, $"appendonly.aof.2.base.{extension}")), .. File.ReadAllBytes(Path.Combine(folder,
            "appendonly.aof.2.incr.aof"))];
        File.WriteAllBytes(server.Directory["appendonly.aof"], single);
        server.StartLoaded();
        Assert.Equal(digest, server.Digest());
        Assert.False(File.Exists(server.Directory["appendonly.aof"]));
        Assert.True(File.Exists(Path.Combine(server.Directory[Folder], "appendonly.aof")));
        Assert.StartsWith("file appendonly.aof seq 1 type b\n", File.ReadAllText(Path.Combine(server.Directory[Folder], "appendonly.aof.manifest")),
            StringComparison.Ordinal);

        // And a real Redis loads the set that it has become.
        server.Terminate();
        ServerProcess again = s.Create(ServerKind.Redis, "again", "--appendonly", "yes");
        CopyFolder(server, again);
        again.StartLoaded();
        Assert.Equal(digest, again.Digest());
    });

    /// <summary>
    /// Redis leaves an open MULTI in the file when it is cut within a transaction, and what it writes next is swallowed by that. Otherwise the two do the same.
    /// </summary>
    [PairFact]
    public void ACutFileLosesWhatRedisLoses() => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        string[] before = [Command("SET", "a", "1"), Command("RPUSH", "l", "x", "y")];
        string[] inside = [Command("MULTI"), Command("SET", "b", "1"), Command("SET", "c", "1"), Command("EXEC")];
        string text = string.Concat(before) + string.Concat(inside) + Command("SET", "d", "1");
        int start = string.Concat(before).Length;
        int end = start + string.Concat(inside).Length;
        foreach (int cut in (int[])[1, 3, 20, 26, 27, 30, start, start + 7, start + 15, start + 40, end - 1, end, end + 5, text.Length])
        {
            List<(string Digest, long Length)> results = [];
            foreach (ServerKind kind in (ServerKind[])[ServerKind.Redis, ServerKind.Redouble])
            {
                ServerProcess server = s.Create(kind, $"cut{cut}", "--appendonly", "yes");
                string folder = server.Directory[Folder];
                Directory.CreateDirectory(folder);
                File.WriteAllText(Path.Combine(folder, "appendonly.aof.manifest"), "file i.aof seq 1 type i\n");
                File.WriteAllText(Path.Combine(folder, "i.aof"), text[..cut]);
                server.StartLoaded();
                string digest = server.Digest();
                server.Kill();
                string left = File.ReadAllText(Path.Combine(folder, "i.aof"), System.Text.Encoding.Latin1);
                int mark = left.IndexOf("#RD:", StringComparison.Ordinal); // what Redouble writes behind it is where it stands
                results.Add((digest, mark < 0 ? left.Length : mark));
            }

            Assert.Equal(results[0].Digest, results[1].Digest);
            bool isInside = cut > start && cut < end;
            Assert.Equal(isInside ? start : results[0].Length, results[1].Length);
        }
    });

    [PairFact]
    public void DamageStopsTheStartWithStatusOne() => Scenario.Run(s =>
    {
        if (Peers.SelfTest) return;
        ServerProcess server = s.Create(ServerKind.Redouble, "damaged", "--appendonly", "yes");
        string folder = server.Directory[Folder];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "appendonly.aof.manifest"), "file i.aof seq 1 type i\n");
        File.WriteAllText(Path.Combine(folder, "i.aof"), Command("SET", "a", "1") + "garbage\r\n" + Command("SET", "b", "1"));
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Contains("Bad file format reading the append only file i.aof", server.Log(), StringComparison.Ordinal);
        Assert.Contains("(damaged at offset 27)", server.Log(), StringComparison.Ordinal);
    });

    // Everything once through a rewrite, and then once more into the incremental file.
    private static (ServerProcess Redis, string Digest) Write(Scenario s, string preamble, string timestamps)
    {
        ServerProcess redis = s.Redis("writer", "--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", timestamps);
        RespClient client = s.Connect(redis);
        DataSet.Fill(client, seed: 17, 2000);
        client.Must("BGREWRITEAOF");
        Poll.Until("the rewrite", () => redis.Info("persistence") is var info && info["aof_rewrite_in_progress"] == "0"
            && info["aof_rewrite_scheduled"] == "0", 20_000);
        DataSet.Fill(client, seed: 18, 1000);
        client.Must("SELECT", "9");
        client.Must("SET", "brief", "x", "PX", "600000");
        client.Must("MULTI");
        client.Must("INCR", "counter");
        client.Must("XADD", "stream", "*", "f", "v");
        client.Must("EXEC");
        string digest = redis.Digest();
        Assert.Equal(0, redis.Terminate());
        return (redis, digest);
    }

    private static void CopyFolder(ServerProcess from, ServerProcess to)
    {
        Directory.CreateDirectory(to.Directory[Folder]);
        foreach (string file in Directory.EnumerateFiles(from.Directory[Folder])) File.Copy(file, Path.Combine(to.Directory[Folder], Path.GetFileName(file)));
    }

    private static string Command(params string[] words)
    {
        StringBuilder text = new($"*{words.Length}\r\n");
        foreach (string word in words) text.Append($"${word.Length}\r\n{word}\r\n");
        return text.ToString();
    }
}
