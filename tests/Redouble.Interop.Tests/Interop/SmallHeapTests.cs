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
}
