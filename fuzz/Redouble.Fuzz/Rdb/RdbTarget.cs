using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Rdb;

namespace Redouble.Fuzz.Rdb;

/// <summary>
/// A file, a full sync or a payload of RESTORE from a stranger: it is read or refused, the same however it is cut, with memory for what has
/// arrived and never for what is announced; and a node that has loaded it is sound.
/// <code>
/// input    | what, 1 byte | file or payload |      'f' a file: scanned, read, loaded by a node    'p' a payload: given to RESTORE
/// </code>
/// </summary>
internal sealed class RdbTarget : FuzzTarget
{
    private const byte File = (byte)'f';
    private const byte Payload = (byte)'p';
    private const int CutEverywhereMax = 600;
    private const long HeldBytesMax = 24 << 20;

    private readonly Dictionary<string, long> _reached = [];

    public override string Name => "rdb";

    public override string Reached => string.Join(", ", _reached.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));

    public override bool HasReachedAll => Array.TrueForAll(
        ["Load None", "Scan None", "Load ShortRead", "Scan BadValue", "Load BadString", "Load UnknownType", "Load BadValue", "payload Ok",
            "payload BadFormat", "node loads", "restores", "restores refused"],
        _reached.ContainsKey);

    public override byte[] Make(Random random)
    {
        if (random.Next(3) == 0)
        {
            var payload = Mutation.Of(RdbSamples.Payload(random), random, random.Next(0, 4), keepEnd: 10);
            RdbSamples.FixChecksum(payload);
            return [Payload, .. payload];
        }

        var sample = random.Next(3) == 0 ? RdbSamples.EveryType(random) : RdbSamples.Strings(random);
        var file = Mutation.Of(sample, random, random.Next(0, 4), keepStart: random.Next(4) == 0 ? 0 : 9, keepEnd: 8);
        if (random.Next(8) == 0) file = file[..random.Next(file.Length)];
        else RdbSamples.FixChecksum(file);
        return [File, .. file];
    }

    public override long AllocationMax(int inputLength) => 60_000_000 + (20_000L * inputLength);

    public override void Try(byte[] input)
    {
        if (input.Length == 0) return;
        var random = new Random((int)Crc64.Append(0, input));
        var bytes = input.AsSpan(1);
        if (input[0] == Payload)
        {
            ReadPayload(bytes);
            Restore(bytes);
            return;
        }

        ReadEveryWay(bytes, RdbReadMode.Load, random);
        ReadEveryWay(bytes, RdbReadMode.Scan, random);
        LoadIntoNode(bytes.ToArray());
    }

    private void ReadEveryWay(ReadOnlySpan<byte> file, RdbReadMode mode, Random random)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (error, delivered) = Read(file, mode, int.MaxValue, null);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        FuzzFailureException.ThrowUnless(allocated <= 600_000 + (400L * file.Length), $"{mode}: {allocated} bytes were allocated for a file of {file.Length}");
        Count($"{mode} {error?.Kind ?? RdbErrorKind.None}");

        var max = random.Next(2, 300);
        AssertSame(error, delivered, Read(file, mode, max, random), $"{mode} in pieces of up to {max}");
        AssertSame(error, delivered, Read(file, mode, 1, null), $"{mode} byte by byte");
        if (error != null) return;
        for (var cut = 0; cut < Math.Min(file.Length, CutEverywhereMax); cut++)
        {
            var at = file.Length <= CutEverywhereMax ? cut : random.Next(file.Length);
            var (cutError, _) = Read(file[..at], mode, int.MaxValue, null);
            FuzzFailureException.ThrowUnless(cutError != null, $"{mode}: cut at {at} of {file.Length} bytes the file counts as whole");
            if (file.Length > CutEverywhereMax && cut > 20) break;
        }
    }

    private void ReadPayload(ReadOnlySpan<byte> payload)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new DumpReader<DigestTarget>(new DigestTarget(new Delivered()));
        var status = reader.Read(payload, new RdbKey("k"u8), out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        FuzzFailureException.ThrowUnless(allocated <= 600_000 + (400L * payload.Length), $"{allocated} bytes were allocated for a payload of {payload.Length}");
        Count($"payload {status}");
    }

    private static void AssertSame(RdbError? error, Delivered delivered, (RdbError? Error, Delivered Delivered) other, string how)
    {
        FuzzFailureException.ThrowUnless(error == other.Error, $"{how}: {other.Error} instead of {error}");
        var same = delivered.Sum == other.Delivered.Sum && delivered.Calls == other.Delivered.Calls;
        FuzzFailureException.ThrowUnless(same, $"{how}: something else was delivered");
    }

    private static (RdbError? Error, Delivered Delivered) Read(ReadOnlySpan<byte> file, RdbReadMode mode, int pieceMax, Random? random)
    {
        var delivered = new Delivered();
        var reader = new RdbReader<DigestTarget>(new DigestTarget(delivered), new RdbReaderOptions { Mode = mode });
        var status = RdbReadStatus.NeedMore;
        Span<byte> copy = new byte[Math.Min(file.Length, pieceMax)];
        while (status == RdbReadStatus.NeedMore && !file.IsEmpty)
        {
            // Overwritten after each call: spans kept beyond it would show.
            var piece = copy[..Math.Min(file.Length, random?.Next(1, pieceMax + 1) ?? pieceMax)];
            file[..piece.Length].CopyTo(piece);
            status = reader.Feed(piece, out var consumed);
            FuzzFailureException.ThrowUnless(status != RdbReadStatus.NeedMore || consumed == piece.Length, "bytes were not taken");
            piece.Fill(0xDD);
            file = file[consumed..];
        }

        if (status == RdbReadStatus.NeedMore) status = reader.Finish();
        FuzzFailureException.ThrowUnless(status == RdbReadStatus.Done == (reader.Error == null), $"status {status} with error {reader.Error}");
        return (reader.Error, delivered);
    }

    /// <summary>The load at start, with what follows: the node saves what it has loaded, and loads that.</summary>
    private void LoadIntoNode(byte[] file)
    {
        using var node = new EngineNode();
        node.Files.Files["/data/dump.rdb"] = file;
        if (!TryLoad(node)) return;
        Count("node loads");
        var keys = node.Node.Keyspace.TotalCount();
        var reply = node.Do("SAVE");
        FuzzFailureException.ThrowUnless(reply == "+OK|", $"SAVE says {reply}");
        using var second = new EngineNode();
        second.Files.Files["/data/dump.rdb"] = node.Files.Files["/data/dump.rdb"];
        FuzzFailureException.ThrowUnless(TryLoad(second), "what was saved could not be loaded");
        FuzzFailureException.ThrowUnless(second.Node.Keyspace.TotalCount() == keys, $"{keys} keys were saved, {second.Node.Keyspace.TotalCount()} loaded");
    }

    private bool TryLoad(EngineNode node)
    {
        try
        {
            node.Node.LoadAtStart();
            while (node.Node.IsLoading) node.Node.EndTurn();
            return true;
        }
        catch (InvalidDataException)
        {
            Count("node refuses");
            return false;
        }
        finally
        {
            FuzzFailureException.ThrowUnless(node.Node.Heap.HeldBytes <= HeldBytesMax, $"{node.Node.Heap.HeldBytes} bytes of native memory are held");
        }
    }

    private void Restore(ReadOnlySpan<byte> payload)
    {
        using var node = new EngineNode();
        var head = $"*4\r\n$7\r\nRESTORE\r\n$1\r\nk\r\n$1\r\n0\r\n${payload.Length}\r\n";
        var reply = node.Send([.. System.Text.Encoding.ASCII.GetBytes(head), .. payload, (byte)'\r', (byte)'\n']);
        var isGood = reply == "+OK|";
        Count(isGood ? "restores" : "restores refused");
        FuzzFailureException.ThrowUnless(isGood || reply.StartsWith("-ERR ", StringComparison.Ordinal), $"RESTORE says {reply}");
        var keys = node.Node.Keyspace.TotalCount();
        FuzzFailureException.ThrowUnless(keys == (isGood ? 1 : 0), $"RESTORE says {reply} and there are {keys} keys");
        if (!isGood) return;
        var type = node.Do("TYPE k");
        var copied = node.Do("COPY k c");
        var dump = node.Do("DUMP c");
        FuzzFailureException.ThrowUnless(dump[0] == '$' && type != "+none|", $"DUMP says {dump}, TYPE says {type}");
        FuzzFailureException.ThrowUnless(copied == ":1|", $"COPY says {copied}");
    }

    private void Count(string what) => _reached[what] = _reached.GetValueOrDefault(what) + 1;
}
