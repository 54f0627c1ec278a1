using System.Diagnostics;
using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A process whose address space is limited while it runs, as <c>ulimit -v</c> would, or a system that does not overcommit.</summary>
public sealed class ShortMemoryTests
{
    [PairFact]
    public void WithoutMemoryWritesAreRefusedAndTheRestGoesOn() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        using RespClient client = server.Connect();
        string value = new('v', 100_000);
        client.Must("SET", "before", value);
        string[] elements = [.. Enumerable.Repeat(new string('e', 1000), 1000)];
        for (int i = 0; i < 80; i++) client.Must(["RPUSH", "list", .. elements]);
        Limit(server, 400L << 20);
        int keys = 0;
        Reply reply;
        while ((reply = client.Call("SET", $"key:{keys}", value)).ToString() == "+OK") Assert.InRange(++keys, 0, 10_000);
        Assert.StartsWith("-OOM command not allowed", reply.ToString());
        Assert.InRange(keys, 1_000, 5_000);
        Assert.Equal(value, client.Must("GET", "before").String);
        Assert.Equal(value, client.Must("GET", $"key:{keys - 1}").String);
        Assert.StartsWith("-OOM", client.Call("LRANGE", "list", "0", "-1").ToString()); // longer than all that is left
        Assert.Equal(1000, client.Must("LRANGE", "list", "-1", "-1")[0].String.Length);
        using (RespClient large = server.Connect())
        {
            large.SendRaw("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$500000000\r\n");
            try
            {
                byte[] part = new byte[1 << 20];
                for (int i = 0; i < 470; i++) large.SendRaw(part);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // closed in the middle of it
            }
        }

        Assert.Equal("+PONG", client.Must("PING").ToString());
        for (int i = 0; i < keys / 2; i++) Assert.Equal(1, client.Must("DEL", $"key:{i}").Integer);
        Poll.Until("writes to be possible again", () => client.Call("SET", "after", value).ToString() == "+OK");
        Assert.Equal(80_000, client.Must("LLEN", "list").Integer);
        Assert.Equal(keys - (keys / 2) + 3, client.Must("DBSIZE").Integer);
    });

    /// <summary>The helper's memory for a long string is not of the data's heap, and nothing is put by for it: its refusal once ended the process.</summary>
    [PairFact]
    public void WithoutMemoryASaveFailsAndTheRestGoesOn() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server", "--stop-writes-on-bgsave-error", "no");
        using RespClient client = server.Connect();
        client.Must("SET", "long", new string('v', 2_000_000));
        Limit(server, 400L << 20);
        string value = new('v', 100_000);
        for (int i = 0; client.Call("SET", $"key:{i}", value).ToString() == "+OK"; i++) Assert.InRange(i, 0, 10_000);
        client.Must("BGSAVE");
        Poll.Until("the save to end", () => client.Must("INFO", "persistence").String.Contains("rdb_bgsave_in_progress:0", StringComparison.Ordinal));
        Assert.Contains("rdb_last_bgsave_status:err", client.Must("INFO", "persistence").String, StringComparison.Ordinal);
        Assert.Equal(2_000_000, client.Must("STRLEN", "long").Integer);
        for (int i = 0; client.Must("DEL", $"key:{i}").Integer == 1; i++) Assert.InRange(i, 0, 10_000);
        Poll.Until("a save to be possible again", () =>
        {
            client.Call("BGSAVE");
            return client.Must("INFO", "persistence").String.Contains("rdb_last_bgsave_status:ok", StringComparison.Ordinal);
        });
    });

    private static void Limit(ServerProcess server, long bytesMore)
    {
        string line = File.ReadLines($"/proc/{server.Pid}/status").Single(static line => line.StartsWith("VmSize:", StringComparison.Ordinal));
        long now = long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        string pid = server.Pid.ToString(CultureInfo.InvariantCulture);
        using Process prlimit = Process.Start("prlimit", ["--pid", pid, $"--as={now + bytesMore}:{now + bytesMore}"]);
        prlimit.WaitForExit();
        Assert.Equal(0, prlimit.ExitCode);
    }
}
