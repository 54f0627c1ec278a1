using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;
using Redouble.Server.Files;
using Redouble.Server.Logging;
using Redouble.Server.Polling;
using Redouble.Server.Threads;
using Redouble.Server.Time;
using LogLevel = Redouble.Engine.Configuration.ConfigLogLevel;

namespace Redouble.Server.Rehearsal;

/// <summary>
/// What the server does often, and what it does seldom, done once right after the start by small nodes in memory, on a thread of its own that yields to the
/// others: the everyday commands, then a save under writes, a load, a full sync with the stream behind it, and a partial one.
/// Nobody sees a result. It is for the just-in-time compiler, which improves what was called often: otherwise a first BGSAVE would wait for it
/// some fifty times, 10 ms in all, in a turn that clients wait for, and on one core its improvements of that code were stalls of 7 ms.
/// </summary>
internal static class Rehearsal
{
    private const int KeysMax = 3000; // more than a chunk of a file, so that records are cut by its end
    private const int KeysMin = 300;  // enough for the runtime to see what is hot
    private const int Rounds = 4;
    private const int PauseMs = 300;
    private const int StreamedKeys = 300;
    private const int CollectionsOfAType = 50;
    private const int StepsMax = 20_000;

    /// <summary>How often a method has to be called: somewhat more often than the runtime counts (thirty times, where it is not configured).</summary>
    internal static readonly int Calls = CallsCounted() * 10 / 9;

    /// <summary>Has it done as soon as the loop is calm, or a minute later, and returns.</summary>
    /// <param name="log">Hears of a failure: that is a bug, but no reason to stop serving.</param>
    /// <param name="busyMicroseconds">Time that the loop has been busy since the start.</param>
    public static void Start(ServerLog log, Func<long> busyMicroseconds)
    {
        var thread = new Thread(() => RunQuietly(log, busyMicroseconds)) { IsBackground = true, Name = "rehearsal" };
        thread.Start();
    }

    /// <summary>Does it. Throws when a step does not lead to the next.</summary>
    /// <param name="pauseMs">Pause between the rounds.</param>
    /// <param name="pace">Hears of its steps.</param>
    public static void Run(int pauseMs = PauseMs, RehearsalPace? pace = null)
    {
        var files = new MemoryFiles();
        for (var round = 0; round < Rounds; round++)
        {
            using (var primary = new RehearsalNode(files, pace: pace))
            using (var replica = new RehearsalNode(new MemoryFiles(), pace: pace))
            {
                var keys = round == 0 ? KeysMax : KeysMin;
                Write(primary, keys);
                CommandRehearsal.WriteCollections(primary, CollectionsOfAType);
                if (round == 0) CommandRehearsal.WriteLong(primary, Calls);
                Save(primary, keys);
                Follow(replica, primary);
                Break(replica);
                Follow(replica, primary);
            }

            using (var restarted = new RehearsalNode(files, pace: pace)) restarted.Load();
            Thread.Sleep(pauseMs);
            pace?.Begin();
        }

        UseDisk(new DiskFiles());
    }

    private static int CallsCounted()
    {
        const string threshold = "System.Runtime.TieredCompilation.CallCountThreshold";
        return int.TryParse(AppContext.GetData(threshold) as string, out var calls) ? calls : 30;
    }

    // A file without a name, and one that is written, renamed, read and removed; in a folder that nobody else has put anything into.
    private static void UseDisk(DiskFiles files)
    {
        var piece = new byte[512];
        try
        {
            var directory = Directory.CreateTempSubdirectory("redouble-rehearsal-").FullName;
            var path = Path.Combine(directory, "file");
            using (var spool = files.CreateUnlinked(directory))
            {
                for (var i = 0; i < Calls; i++) spool.Write(piece);
                for (var i = 0; i < Calls; i++) spool.ReadAt(i * piece.Length, piece);
            }

            using (var file = files.Create(path + ".part"))
            {
                for (var i = 0; i < Calls; i++) file.Write(piece);
                file.Sync();
            }

            files.Rename(path + ".part", path);
            using (var file = files.OpenRead(path))
            {
                while (file?.Read(piece) > 0)
                {
                }
            }

            files.Delete(path);
            Directory.Delete(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No room for files here: the first save will wait for the compiler a little.
        }
    }

    // A start under full load has other work for the compiler: what is asked for comes first (rehearsed before it, the first two seconds of a load cost
    // twice the CPU).
    private static void WaitForCalm(Func<long> busyMicroseconds)
    {
        const int lookEveryMs = 400;
        const int looksMax = 150;
        for (var look = 0; look < looksMax; look++)
        {
            var before = busyMicroseconds();
            Thread.Sleep(lookEveryMs);
            if (busyMicroseconds() - before < lookEveryMs * 1000 / 2) return;
        }
    }

    private static void RunQuietly(ServerLog log, Func<long> busyMicroseconds)
    {
        NativeThread.SetNice(CompilerPriority.Nice);
        try
        {
            WaitForCalm(busyMicroseconds);
            var (clock, thread) = (new SystemClock(), NativeThread.GetId());
            var pace = new RehearsalPace(() => clock.MonotonicMicroseconds, () => NativeThread.GetCpuMicroseconds(thread), Thread.Sleep);
            using (var node = new RehearsalNode(new MemoryFiles(), pace: pace)) CommandRehearsal.Run(node);
            Run(pace: pace);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // what the rehearsal has left behind goes back to the system
            CompilerPriority.Lower();
            log.Write(LogLevel.Debug, "Rehearsal finished");
        }
        catch (Exception error)
        {
            log.Write(LogLevel.Warning, $"The rehearsal of seldom work failed; the first save and the first full sync may be felt. {error.Message}");
        }
    }

    private static void Write(RehearsalNode node, int keys)
    {
        for (var i = 0; i < keys; i++)
        {
            node.Do("SET", $"key:{i}", i % 3 == 0 ? new string('x', 100) : Text(i, 100));
            node.Do("GET", $"key:{i}");
        }

        node.Do("SET", "large", Text(0, 40_000));
        node.Do("SET", "larger", Text(0, 100_000));
        node.Do("SET", "compressible", new string('x', 100_000));
        node.Do("SET", "number", "12345");
        node.Do("SETBIT", "bitmap", "9000000", "1"); // large enough to be saved in parts, compressed
        node.Do("SETRANGE", "very large", "1100000", "x");
        for (var i = 0; i < 1_100_000; i += 10_000) node.Do("SETRANGE", "very large", $"{i}", Text(i, 10_000));
        for (var i = 0; i < keys; i += 10) node.Do("EXPIRE", $"key:{i}", "1000");
    }

    // Text that does not compress.
    private static string Text(int seed, int length)
    {
        var state = (uint)seed + 1;
        return string.Create(length, state, static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                state = (state * 1_664_525) + 1_013_904_223;
                span[i] = (char)('!' + ((state >> 16) % 90));
            }
        });
    }

    private static void Save(RehearsalNode node, int keys)
    {
        node.Do("BGSAVE");
        for (var i = 0; i < keys; i++) node.Do("SET", $"key:{i}", $"value {i}");
        foreach (var key in (string[])["bitmap", "very large"])
        {
            node.Do("SETBIT", key, "8000000", "1");
            node.Do("BITFIELD", key, "SET", "u8", "0", "1");
            node.Do("APPEND", key, "more");
        }

        for (var i = 0; i < CollectionsOfAType; i++)
        {
            node.Do("LSET", "list", $"{i * 10}", "changed");
            node.Do("HSET", "hash", $"field:{i}", "changed");
            node.Do("ZADD", "zset", "7", $"member:{i}");
            node.Do("SREM", "set", $"member:{i}");
            node.Do("XADD", "stream", "*", "field", "changed");
        }

        node.TurnUntil(() => !node.Node.Snapshots.IsRunning);
        node.Do("INFO");
        node.Do("INFO", "persistence");
    }

    private static void Follow(RehearsalNode replica, RehearsalNode primary)
    {
        if (replica.Node.Replication.Protocol.Primary.State == PrimaryLinkState.None) replica.Do("REPLICAOF", "127.0.0.1", "6379");
        var link = replica.Node.Replication.Protocol.Primary;
        replica.TurnUntil(() => replica.WantsLink);
        replica.WantsLink = false;
        replica.Peer = primary.Connect();
        link.OnConnected(replica.Now);
        var written = 0;
        for (var step = 0; step < StepsMax && (!link.IsUp || written < StreamedKeys); step++)
        {
            if (link.IsUp) primary.Do("SET", $"stream:{written++}", "value");
            if (written == StreamedKeys) primary.Do("WAIT", "1", "0");
            if (step < Calls) replica.Do("INFO", "replication"); // as whoever waits for the copy does
            replica.Turn();
            primary.Turn();
            Move(replica, primary);
        }

        if (!link.IsUp) throw new InvalidOperationException($"A full sync in memory stands at {link.State}.");
        primary.Do("INFO", "replication");
        replica.Do("INFO", "replication");
    }

    private static void Break(RehearsalNode replica)
    {
        replica.Peer!.Flags |= SessionFlags.CloseAsap;
        replica.Node.Replication.Protocol.Primary.OnClosed(replica.Now, "rehearsed");
    }

    // The bytes between the two, as the loop moves them.
    private static void Move(RehearsalNode replica, RehearsalNode primary)
    {
        var link = replica.Node.Replication.Protocol.Primary;
        var segments = new OutputSegment[8];
        var count = link.PeekSend(segments);
        for (var i = 0; i < count; i++)
        {
            primary.Receive(replica.Peer!, segments[i].Bytes);
            link.OnSent(segments[i].Length);
        }

        primary.Node.FeedReplicas();
        var output = replica.Peer!.Output;
        count = output.Peek(segments);
        for (var i = 0; i < count; i++) output.Advance(Deliver(replica, segments[i].Bytes));

        if (replica.Peer.ReplicaLink is not ReplicaLink { IsReplica: true } side) return;
        count = side.PeekSend(segments);
        for (var i = 0; i < count; i++) side.OnSent(Deliver(replica, segments[i].Bytes), primary.Now);
    }

    // Returns how many it has taken. It takes none while it loads, and in a turn whose share of the stream is applied: the loop leaves them in the socket.
    private static int Deliver(RehearsalNode replica, ReadOnlySpan<byte> bytes)
    {
        var link = replica.Node.Replication.Protocol.Primary;
        var length = bytes.Length;
        while (!bytes.IsEmpty)
        {
            var buffer = link.GetReceiveBuffer();
            if (buffer.IsEmpty) break;
            var part = Math.Min(buffer.Length, bytes.Length);
            bytes[..part].CopyTo(buffer);
            link.OnReceived(part, replica.Now);
            bytes = bytes[part..];
        }

        return length - bytes.Length;
    }
}
