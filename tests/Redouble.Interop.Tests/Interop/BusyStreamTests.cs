using System.Diagnostics;
using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A primary that sends small pieces one right after the other.</summary>
[Collection(Lanes.Links)]
public sealed class BusyStreamTests
{
    private const int Bursts = 20;
    private const int PiecesOfABurst = 500;

    /// <summary>
    /// The replica was woken for each piece. Now it takes many at once, and what comes last, with nothing behind it, does not wait for anything else
    /// that would wake it up: its timer comes every tenth of a second.
    /// </summary>
    [RedoubleFact]
    public void Its_pieces_are_taken_together_and_none_is_left_lying() => Scenario.Run(s =>
    {
        ServerProcess source = s.Subject("source");
        source.Once("SAVE");
        byte[] rdb = File.ReadAllBytes(source.RdbPath);
        using var next = new SemaphoreSlim(0);
        FakePrimary primary = s.Own(new FakePrimary(link =>
        {
            link.Handshake();
            link.Send($"+FULLRESYNC {new string('a', 40)} 0\r\n${rdb.Length}\r\n");
            link.Send(rdb);
            link.SendCommand("SELECT", "0");
            for (int burst = 0; burst < Bursts; burst++)
            {
                next.Wait();
                for (int i = 0; i < PiecesOfABurst; i++)
                {
                    link.SendCommand("SET", $"key:{i}", new string('x', 200));
                    for (long sent = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(sent) < TimeSpan.FromMicroseconds(30);)
                    {
                        Thread.SpinWait(1);
                    }
                }

                link.SendCommand("PUBLISH", "channel", Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
            }

            link.Drain();
        }));
        ServerProcess replica = s.Subject("replica");
        using RespClient listener = replica.Connect();
        listener.Must("SUBSCRIBE", "channel");
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        Link.WaitUp(replica);
        long cycles = Cycles(replica);
        TimeSpan fastest = TimeSpan.MaxValue;
        for (int burst = 0; burst < Bursts; burst++)
        {
            next.Release();
            long sent = long.Parse(listener.Read().Items[2].String, CultureInfo.InvariantCulture);
            TimeSpan took = Stopwatch.GetElapsedTime(sent);
            if (took < fastest)
            {
                fastest = took;
            }
        }

        Assert.InRange(Cycles(replica) - cycles, 1, Bursts * PiecesOfABurst / 3);
        Assert.True(fastest < TimeSpan.FromMilliseconds(20), $"{fastest}");
        Assert.Equal(PiecesOfABurst.ToString(), replica.Once("DBSIZE").ToString().TrimStart(':'));
    });

    private static long Cycles(ServerProcess replica) => long.Parse(replica.Info("stats")["eventloop_cycles"], CultureInfo.InvariantCulture);
}
