using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Primaries that close or stall at each step of the handshake, and the handshake itself.</summary>
[Collection(Lanes.Links)]
public sealed class HandshakeTests
{
    public static TheoryData<string> StepTable() => [.. BadPrimary.Steps];

    [RedoubleTheory]
    [MemberData(nameof(StepTable))]
    public void Closes(string step) => BadPrimary.Survives(link => BadPrimary.UntilStep(link, step));

    [RedoubleTheory]
    [MemberData(nameof(StepTable))]
    public void Stalls(string step) => BadPrimary.Survives(
        link =>
        {
            BadPrimary.UntilStep(link, step);
            link.Drain();
        },
        log: "imeout");

    [RedoubleFact]
    public void ErrorToPsyncFallsBackToSync() => Scenario.Run(s =>
    {
        ServerProcess source = s.Subject("source");
        source.Once("SET", "k", "v");
        source.Once("SAVE");
        byte[] rdb = File.ReadAllBytes(source.RdbPath);
        FakePrimary primary = s.Own(new FakePrimary(link =>
        {
            link.Handshake();
            link.Send("-ERR unknown command 'PSYNC'\r\n");
            Assert.Equal(["SYNC"], link.ReadCommand());
            link.Send($"${rdb.Length}\r\n");
            link.Send(rdb);
            link.SendCommand("SELECT", "0");
            link.SendCommand("SET", "streamed", "yes");
            link.Drain();
        }));
        ServerProcess replica = s.Subject("replica");
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Poll.Until("the stream", () => replica.Once("GET", "streamed").Equals(Reply.Bulk("yes")));
        Assert.Equal("v", replica.Once("GET", "k").String);
    });

    [PairFact]
    public void HandshakeComesInRedisOrder() => Scenario.Run(s =>
    {
        string[][] Record(ServerKind kind)
        {
            string[][] seen = [];
            using var primary = new FakePrimary(link =>
            {
                link.Handshake();
                seen = link.Received;
                link.Drain();
            });
            ServerProcess replica = s.Start(kind, kind.ToString());
            replica.Once("CONFIG", "SET", "masterauth", "pass");
            replica.Once("CONFIG", "SET", "masteruser", "user");
            replica.Once("CONFIG", "SET", "replica-announce-ip", "10.0.0.1");
            replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
            Poll.Until("the handshake", () => seen.Length > 0);
            return [.. seen.Select(c => c[0] == "PSYNC" ? ["PSYNC"] : c.Contains("listening-port") ? ["REPLCONF", "listening-port"] : c)];
        }

        string[] redis = [.. Record(ServerKind.Redis).Select(c => string.Join(' ', c))];
        Assert.Equal(
            ["PING", "AUTH user pass", "REPLCONF listening-port", "REPLCONF ip-address 10.0.0.1", "REPLCONF capa eof capa psync2", "PSYNC"], redis);

        // Ours beside it: a capability that others ignore, and the version, which lets Valkey choose what we can read.
        string[] expected = Peers.SelfTest ? redis : [.. redis[..4], $"{redis[4]} capa redouble", "REPLCONF version 7.2.4", redis[5]];
        Assert.Equal(expected, Record(Peers.Subject).Select(c => string.Join(' ', c)));
    });
}
