using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>
/// Primaries that close, stall or send nonsense at each step of the handshake. Whatever they do, the replica stays up, keeps its data until a whole good
/// data set has arrived, says in its log what went wrong, tries again, and follows a good primary when it gets one.
/// </summary>
internal static class BadPrimary
{
    public static string[] Steps { get; } = ["PING", "REPLCONF listening-port", "REPLCONF capa", "PSYNC"];

    /// <summary>Answers well up to a step of the handshake, reads that step's request, and leaves the answer to the caller.</summary>
    public static void UntilStep(FakeLink link, string step)
    {
        string[] wanted = step.Split(' ');
        while (true)
        {
            string[] args = link.ReadCommand();
            if (args.Zip(wanted).All(p => p.First.Equals(p.Second, StringComparison.OrdinalIgnoreCase)))
            {
                return;
            }

            link.Send(args[0] == "PING" ? "+PONG\r\n" : "+OK\r\n");
        }
    }

    /// <summary>A real Redis 7.0 exits on such data, or waits for ever: only Redouble is held to it.</summary>
    public static bool TooMuchForRedis(string what) =>
        Peers.SelfTest && (what is "wrong checksum" or "unknown type" or "an array" or "not an RDB" or "version from the future");

    public static void Survives(Action<FakeLink> script, bool keepsData = true, string log = "") => Scenario.Run(s =>
    {
        ServerProcess replica = s.Subject("replica", "--repl-timeout", "1");
        replica.Once("SET", "mine", "before");
        FakePrimary bad = s.Own(new FakePrimary(script));
        int logged = replica.Log().Length;
        replica.Follow(bad.Port);
        Poll.Until("the first connection", () => bad.Links.Length > 0);
        Poll.Until("a second attempt", () => bad.Links.Length > 1, 15_000,
            () => $"received: {string.Join("; ", bad.Links[0].Received.Select(c => Latin1.Quote(c)))}");
        Assert.Equal("+PONG", replica.Once("PING").ToString());
        Assert.Equal("down", replica.Info("replication")["master_link_status"]);
        if (keepsData)
        {
            Assert.Equal("before", replica.Once("GET", "mine").String);
        }

        string said = replica.Log()[logged..];
        Assert.Contains(log, said, StringComparison.OrdinalIgnoreCase);
        Assert.Matches("(?i)error|master|timeout|fail|refuse|wrong|bad", said[Math.Max(0, said.IndexOf("MASTER", StringComparison.Ordinal))..]);

        ServerProcess good = s.Subject("good");
        good.Once("SET", "theirs", "after");
        replica.Once("CONFIG", "SET", "repl-timeout", "60"); // longer than between two signs of life of a good one
        replica.Follow(good.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(good, replica);
    });
}
