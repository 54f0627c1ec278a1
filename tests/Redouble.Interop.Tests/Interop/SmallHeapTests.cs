using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A limit of the collected heap, as the runtime sets one in a container: three quarters of its memory. No value is held there.</summary>
public sealed class SmallHeapTests
{
    private static readonly string[] Limited = ["/usr/bin/env", "DOTNET_GCHeapHardLimit=6000000"]; // hexadecimal: 96 MB

    /// <summary>An array that grew to it, with the one before, was larger than the heap, and the process ended.</summary>
    [PairFact]
    public void AValueOfNearlyHalfOfItIsDumpedRestoredSavedAndLoaded() => Scenario.Run(s =>
    {
        ServerProcess server = s.CreateUnder(Limited, "server").Start();
        RespClient client = s.Connect(server, 60_000);
        string value = new Differential.Dice(1).Bytes(40 << 20);
        client.Must("SET", "string", value);
        client.Must("HSET", "hash", "field", value);
        foreach (string key in (string[])["string", "hash"])
        {
            string payload = client.Must("DUMP", key).String;
            Assert.InRange(payload.Length, value.Length + 10, value.Length + 100);
            client.Must("RESTORE", key, "0", payload, "REPLACE");
        }

        Assert.True(client.Must("GET", "string").String == value);
        client.Must("SAVE");
        ServerProcess reader = s.CreateUnder(Limited, "reader");
        File.Copy(server.RdbPath, reader.RdbPath);
        reader.StartLoaded();
        Assert.True(s.Connect(reader, 60_000).Must("HGET", "hash", "field").String == value);
        Assert.Equal(server.Digest(), reader.Digest());
    });

    /// <summary>What was not the request as it came was told to them by way of an array that grew to it, and the process ended.</summary>
    [PairFact]
    public void AValueOfAThirdOfItReachesReplicaAndFileInAnyForm() => Scenario.Run(s =>
    {
        ServerProcess primary = s.CreateUnder(Limited, "primary", "--appendonly", "yes").Start();
        ServerProcess replica = s.CreateUnder(Limited, "replica", "--replicaof", "127.0.0.1", primary.Port.ToString()).Start();
        RespClient client = s.Connect(primary, 60_000);
        Poll.Until("the replica to be there", () => client.Info("replication")["connected_slaves"] == "1");
        string value = new Differential.Dice(2).Bytes(30 << 20);
        client.Must("SET", "k", value, "EX", "10000");
        string payload = client.Must("DUMP", "k").String;
        client.Must("SETEX", "k", "10000", value);
        client.Must("RESTORE", "k", "10000000", payload, "REPLACE");
        client.Must("MULTI");
        client.Must("SET", "k", value);
        client.Must("SET", "other", value, "EX", "10000");
        client.Must("EXEC");
        Poll.Until("the replica to have it", () => client.Call("WAIT", "1", "1000").Integer == 1, 60_000);
        string digest = primary.Digest();
        Assert.Equal(digest, replica.Digest());
        Assert.True(s.Connect(replica, 60_000).Must("GET", "other").String == value);
        Assert.Equal(0, primary.Terminate());
        primary.StartLoaded();
        Assert.Equal(digest, primary.Digest());
    });

    /// <summary>The buffers of numbers were asked for where no refusal was expected.</summary>
    [PairFact]
    public void ASortOfNumbersIsAnsweredOrRefused() => Scenario.Run(s =>
    {
        ServerProcess server = s.CreateUnder(Limited, "server").Start();
        RespClient client = s.Connect(server, 60_000);
        client.Must("RPUSH", "few", "3", "1", "2");
        int refused = 0;
        for (int count = 0; count < 1_600_000;)
        {
            string[] numbers = [.. Enumerable.Range(count, 20_000).Select(static i => $"{i * 7919L % 1_600_033}")];
            client.Must(["RPUSH", "list", .. numbers]);
            count += numbers.Length;
            if (count % 100_000 != 0) continue;
            Reply reply = client.Call("SORT", "list", "LIMIT", "0", "1");
            bool isRefused = reply.ToString().StartsWith("-OOM", StringComparison.Ordinal);
            if (!isRefused) Assert.Equal("0", reply[0].String);
            refused += isRefused ? 1 : 0;
            Assert.Equal("1", client.Must("SORT", "few")[0].String);
        }

        Assert.InRange(refused, 1, 14);
        Assert.Equal("0", client.Must("SORT", "list", "BY", "nosort", "LIMIT", "0", "1")[0].String);
    });
}
