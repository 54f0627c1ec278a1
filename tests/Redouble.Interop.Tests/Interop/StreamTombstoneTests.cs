using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Streams with deleted entries whose ids are above the last one, which XSETID has set back. They are copied, saved, loaded, and cut alike.</summary>
public sealed class StreamTombstoneTests
{
    // 7.2 heeds the greatest deleted id, 7.0 does not. MAXDELETEDID makes both forget it.
    private static readonly string[] Before =
    [
        "XADD lowered 1-1 a 1", "XADD lowered 5-1 a 1", "XDEL lowered 5-1", "XSETID lowered 5-1 ENTRIESADDED 2 MAXDELETEDID 1-1", "XSETID lowered 2-1",
        "XADD lowered 3-1 b 3", "XADD lowered 4-1 a 4",
        "XADD emptied 1-1 a 1", "XADD emptied 5-1 a 1", "XDEL emptied 5-1", "XTRIM emptied MINID 3",
        "XSETID emptied 5-1 ENTRIESADDED 2 MAXDELETEDID 0-1", "XSETID emptied 0-1", "XADD emptied 0-2 b 2",
        "XADD behind 1-1 a 1", "XADD behind 5-1 a 1", "XDEL behind 5-1", "XTRIM behind MINID 3", "XADD behind 6-1 a 6", "XADD behind 7-1 a 7",
        "XADD ready 1-1 a 1", "XADD ready 5-1 a 1", "XDEL ready 5-1",
    ];

    private static readonly string[] After =
    [
        "XSETID ready 5-1 ENTRIESADDED 2 MAXDELETEDID 1-1", "XSETID ready 2-1",
        "XADD ready 3-1 b 3", "XADD ready 4-1 a 4", "XADD ready 6-1 a 6", "XTRIM ready MINID 5",
        "XADD lowered 4-2 c 5", "XADD lowered 6-1 a 6", "XTRIM lowered MINID 5", "XDEL lowered 3-1",
        "XTRIM behind MINID 2", "XTRIM behind MINID 7", "XADD behind 9-1 b 9",
    ];

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void StreamsWithGreaterDeletedIdsAreCopies(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        string[] nodes = ["--stream-node-max-entries", "3"]; // where a cut ends depends on it
        ServerProcess primary = s.Start(Pairs.Kind(primaryKind), "primary", nodes);
        ServerProcess replica = s.Start(Pairs.Kind(replicaKind), "replica", nodes);
        RespClient client = s.Connect(primary);
        Send(client, Before);
        if (primary.Kind == ServerKind.Redis)
        {
            SendAsToA70(client, "old");
        }

        Link.Attach(replica, primary);
        AssertAlike(primary, replica);
        Send(client, After);
        if (primary.Kind == ServerKind.Redis)
        {
            SendAsToA70(client, "fresh");
        }

        AssertAlike(primary, replica);
        s.Connect(replica).Must("SAVE");
        foreach (string kind in (string[])["Redis", "Redouble"])
        {
            ServerProcess reader = s.Create(Pairs.Kind(kind), $"reader-{kind}");
            File.Copy(replica.RdbPath, reader.RdbPath);
            reader.StartLoaded();
            Assert.Equal(Described(primary), Described(reader));
        }
    });

    private static void Send(RespClient client, params string[] commands)
    {
        foreach (string command in commands)
        {
            client.Must(command.Split(' '));
        }
    }

    private static void SendAsToA70(RespClient client, string key) =>
        Send(client, $"XADD {key} 1-1 a 1", $"XADD {key} 5-1 a 1", $"XDEL {key} 5-1", $"XSETID {key} 2-1", $"XADD {key} 3-1 a 1");

    private static void AssertAlike(ServerProcess primary, ServerProcess replica)
    {
        Link.WaitEqual(primary, replica);
        Assert.Equal(Described(primary), Described(replica));
    }

    private static string Described(ServerProcess server)
    {
        List<string> lines = [];
        using RespClient client = server.Connect();
        foreach (string key in (string[])["lowered", "emptied", "behind", "ready", "old", "fresh"])
        {
            if (client.Must("EXISTS", key).Integer == 0)
            {
                continue;
            }

            Reply info = client.Must("XINFO", "STREAM", key);
            IEnumerable<string> state = Enumerable.Range(0, 7).Where(i => i is not (1 or 2)).Select(i => $"{info[(2 * i) + 1]}");
            lines.Add($"{key}: {string.Join(' ', state)}; {client.Must("XRANGE", key, "-", "+")}; {client.Must("XREVRANGE", key, "4-1", "-")}");
        }

        return string.Join('\n', lines);
    }
}
