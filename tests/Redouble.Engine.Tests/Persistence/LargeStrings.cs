using System.Globalization;
using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>Strings that are saved in parts, among others, and whether a file holds what it should.</summary>
internal static class LargeStrings
{
    private const int Length = 1_500_000;

    private static readonly string Stretches = Compressible(1_100_000);

    public static void Fill(LimitedNode node)
    {
        node.Engine.DoWords("SET", "a", node.Text(Length));
        node.Engine.Do("SETBIT sparse 10000000 1");
        for (var i = 0; i < 50; i++) node.Engine.Do($"SETBIT sparse {i * 200_000} 1");
        node.Engine.DoWords("SET", "b", Stretches);
        for (var i = 0; i < 50; i++) node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(i * 400));
        node.Engine.Do("SELECT 1");
        node.Engine.DoWords("SET", "other", node.Text(1_100_000));
        node.Engine.Do("SELECT 0");
    }

    public static string Compressible(int length)
    {
        var text = new StringBuilder(length + 64);
        var random = new SeededRandom(3);
        while (text.Length < length) text.Append(random.NextUInt64().ToString("x16", CultureInfo.InvariantCulture)).Append("a stretch");
        return text.ToString(0, length);
    }

    public static void Slice(LimitedNode node, int times)
    {
        for (var i = 0; i < times; i++)
        {
            node.Node.Snapshots.Slice(64);
            node.Engine.Background.Step();
        }
    }

    public static void AssertSaves(LimitedNode node, string digest)
    {
        node.RunSnapshot();
        Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);
        AssertLoads(node.File, node, digest);
    }

    public static void AssertLoads(byte[] file, LimitedNode saved, string digest, string what = "")
    {
        using var node = new EngineNode("enable-debug-command yes");
        node.Files.Files["/data/dump.rdb"] = file;
        node.Clock.UnixMicroseconds = saved.Engine.Clock.UnixMicroseconds;
        node.Node.UpdateTime();
        node.Node.LoadAtStart();
        while (node.Node.IsLoading) node.Node.EndTurn();
        Assert.True(digest == node.Do("DEBUG DIGEST"), what);
    }
}
