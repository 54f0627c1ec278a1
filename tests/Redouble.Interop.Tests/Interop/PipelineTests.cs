using System.Globalization;
using System.Text;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// More requests at once than a turn of the loop executes of one client: those left over were taken off its input twice when more of them came meanwhile.
/// </summary>
public sealed class PipelineTests
{
    public static TheoryData<string> Kinds() => new() { nameof(ServerKind.Redis), nameof(ServerKind.Redouble) };

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void EachOfManyShortRequestsIsExecutedOnce(string kind) => Scenario.Run(s =>
    {
        const int count = 30_000;
        ServerProcess server = s.Start(Kind(kind), "server");
        RespClient other = s.Connect(server);
        foreach (string key in (string[])["c", "ccc", "ccccc", "cccccccc"])
        {
            RespClient client = s.Connect(server);
            SendInPieces(client, string.Concat(Enumerable.Repeat($"INCR {key}\r\n", count)), 1400);
            for (int i = 1; i <= count; i++)
            {
                Assert.Equal(i, client.Read().Integer);
            }

            client.Send("ECHO", "end");
            Assert.Equal("end", client.Read().String);
            Assert.Equal(count.ToString(CultureInfo.InvariantCulture), other.Must("GET", key).String);
        }
    });

    /// <summary>What has piled up behind a pause is more than a turn executes, and its client goes on sending.</summary>
    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void EachRequestThatAPauseHeldBackIsExecutedOnce(string kind) => Scenario.Run(s =>
    {
        const int rounds = 5;
        const int count = 20_000;
        ServerProcess server = s.Start(Kind(kind), "server");
        RespClient other = s.Connect(server);
        RespClient client = s.Connect(server);
        string requests = string.Concat(Enumerable.Repeat("*2\r\n$4\r\nINCR\r\n$1\r\nc\r\n", count));
        for (int round = 0; round < rounds; round++)
        {
            other.Must("CLIENT", "PAUSE", "100", round % 2 == 0 ? "WRITE" : "ALL");
            SendInPieces(client, requests, 100_000);
            for (int i = 1; i <= count; i++)
            {
                Assert.Equal((round * count) + i, client.Read().Integer);
            }
        }

        Assert.Equal((rounds * count).ToString(CultureInfo.InvariantCulture), other.Must("GET", "c").String);
    });

    private static void SendInPieces(RespClient client, string text, int length)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int i = 0; i < bytes.Length; i += length)
        {
            client.SendRaw(bytes.AsSpan(i, Math.Min(length, bytes.Length - i)));
        }
    }
}
