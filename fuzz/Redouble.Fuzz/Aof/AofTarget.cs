using System.Text;
using Redouble.Persistence.Aof;
using Redouble.Protocol.Requests;

namespace Redouble.Fuzz.Aof;

/// <summary>
/// Append-only files and manifests that somebody has damaged: what is found in a file does not depend on the pieces that it is read in, and lies within it; a
/// manifest or a mark that is accepted is written again as it was understood.
/// </summary>
internal sealed class AofTarget : FuzzTarget
{
    private const string Id = "0123456789abcdef0123456789abcdef01234567";
    private readonly long[] _items = new long[5];
    private long _marks;
    private long _manifests;

    public override string Name => "aof";

    public override string Reached =>
        $"{_items[(int)AofItem.Command]} commands, {_items[(int)AofItem.Annotation]} annotations, {_marks} marks, {_items[(int)AofItem.Truncated]} cut files, "
        + $"{_items[(int)AofItem.Malformed]} malformed ones, {_manifests} manifests";

    public override bool HasReachedAll => _items[1..].All(count => count > 0) && _marks > 0 && _manifests > 0;

    public override long AllocationMax(int inputLength) => 1_000_000 + (400L * inputLength);

    public override byte[] Make(Random random)
    {
        var file = random.Next(4) == 0 ? MakeManifest(random) : MakeFile(random);
        return random.Next(3) == 0 ? file : Mutation.Of(file, random, random.Next(1, 4));
    }

    public override void Try(byte[] input)
    {
        if (input.Length == 0) return;
        if (AofManifestReader.Read(input, out var manifest) == null)
        {
            _manifests++;
            var again = AofManifestReader.Read(manifest.Format(), out var second);
            FuzzFailureException.ThrowUnless(again == null || manifest.HasNoData || IsTooLong(manifest),
                "a manifest that was accepted is refused when it is written again");
            if (again == null) FuzzFailureException.ThrowUnless(manifest.Format().AsSpan().SequenceEqual(second.Format()), "a manifest was read in two ways");
        }

        var seed = input.Length;
        foreach (var value in input.AsSpan(0, Math.Min(16, input.Length))) seed = (seed * 31) + value;
        var whole = Items(input, () => int.MaxValue);
        var random = new Random(seed);
        var pieces = Items(input, () => random.Next(1, 40));
        FuzzFailureException.ThrowUnless(whole.SequenceEqual(pieces), "what is found depends on the pieces");
        foreach (var (item, _, _) in whole) _items[(int)item]++;
    }

    private static bool IsTooLong(AofManifest manifest) =>
        manifest.Data.Concat(manifest.History).Any(file => file.Name.Length > 200); // quoting makes a line longer than a line may be

    private List<(AofItem Item, long Length, int Arguments)> Items(byte[] input, Func<int> step)
    {
        List<(AofItem, long, int)> found = [];
        var arguments = new ArgumentTable();
        var (start, end) = (0, 0);
        while (true)
        {
            if (start == end && end == input.Length) return found;
            if (start == end) end = (int)Math.Min(input.Length, (long)end + step());
            arguments.Clear();
            var window = input.AsSpan(start, end - start);
            var isEnd = end == input.Length;
            var item = AofScanner.Scan(window, isEnd, arguments, out var length);
            if (item == AofItem.Incomplete)
            {
                FuzzFailureException.ThrowUnless(!isEnd && length > window.Length, $"an item is incomplete with {window.Length} bytes of {length}");
                end = (int)Math.Min(input.Length, (long)end + step());
                continue;
            }

            if (item is AofItem.Truncated or AofItem.Malformed)
            {
                found.Add((item, start, arguments.Count));
                return found;
            }

            FuzzFailureException.ThrowUnless(length > 0 && length <= window.Length, $"an item of {length} bytes was found in {window.Length}");
            for (var i = 0; i < arguments.Count; i++)
            {
                FuzzFailureException.ThrowUnless(arguments[i].Offset + (long)arguments[i].Length + 2 <= length, "an argument is not within its command");
            }

            var line = window[..(int)length];
            if (item == AofItem.Annotation && AofAnnotation.TryReadMark(line, out var mark)) CheckMark(line, mark);
            if (item == AofItem.Annotation) CheckOmitted(line);
            found.Add((item, length, arguments.Count));
            start += (int)length;
        }
    }

    private void CheckMark(ReadOnlySpan<byte> line, in AofMark mark)
    {
        _marks++;
        Span<byte> again = stackalloc byte[AofAnnotation.LengthMax];
        var length = AofAnnotation.FormatMark(Encoding.ASCII.GetBytes(mark.ReplicationId), mark, again);
        FuzzFailureException.ThrowUnless(line.SequenceEqual(again[..length]), "a mark is not what it was read as");
    }

    private static void CheckOmitted(ReadOnlySpan<byte> line)
    {
        Span<byte> bytes = stackalloc byte[AofAnnotation.OmittedLengthMax];
        Span<byte> again = stackalloc byte[AofAnnotation.OmittedLengthMax];
        var length = AofAnnotation.ReadOmitted(line, bytes);
        if (length < 0) return;
        Span<byte> twice = stackalloc byte[AofAnnotation.OmittedLengthMax];
        var written = AofAnnotation.FormatOmitted(bytes[..length], again);
        FuzzFailureException.ThrowUnless(AofAnnotation.ReadOmitted(again[..written], twice) == length && twice[..length].SequenceEqual(bytes[..length]),
            "what is omitted is not what it was read as");
    }

    private static byte[] MakeFile(Random random)
    {
        using var file = new MemoryStream();
        var marker = new AofMarker();
        var line = new byte[AofAnnotation.OmittedLengthMax];
        var omitted = new byte[AofAnnotation.OmittedMax];
        for (var i = random.Next(1, 30); i > 0; i--)
        {
            switch (random.Next(6))
            {
                case 2:
                    random.NextBytes(omitted);
                    file.Write(line.AsSpan(0, AofAnnotation.FormatOmitted(omitted.AsSpan(0, random.Next(omitted.Length + 1)), line)));
                    break;
                case 0:
                    file.Write(line.AsSpan(0, marker.Mark(Encoding.ASCII.GetBytes(Id), random.NextInt64(long.MaxValue), random.Next(-1, 16),
                        random.Next(2) == 0, line)));
                    break;
                case 1:
                    file.Write(line.AsSpan(0, AofAnnotation.FormatTimestamp(random.NextInt64(1L << 40), line)));
                    break;
                default:
                    file.Write(MakeCommand(random));
                    break;
            }
        }

        return file.ToArray();
    }

    private static byte[] MakeCommand(Random random)
    {
        var lineEnd = random.Next(8) == 0 ? "\n" : "\r\n";
        var text = new StringBuilder();
        var count = random.Next(1, 6);
        text.Append('*').Append(count).Append(lineEnd);
        for (var i = 0; i < count; i++)
        {
            var length = random.Next(12) == 0 ? random.Next(3000) : random.Next(12);
            text.Append('$').Append(length).Append(lineEnd);
            for (var j = 0; j < length; j++) text.Append((char)random.Next(256));
            text.Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static byte[] MakeManifest(Random random)
    {
        var name = new string([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(1, 256)).Where(c => c is not ('/' or '\\'))]);
        var manifest = random.Next(2) == 0 ? AofManifest.Empty : AofManifest.OfSingleFile(name);
        for (var i = random.Next(5); i > 0; i--)
        {
            manifest = random.Next(3) switch
            {
                0 => manifest.WithNextBase(name, random.Next(2) == 0),
                1 => manifest.WithNextIncremental(name),
                _ => manifest.WithIncrementalsAsHistory(random.Next(2)),
            };
        }

        return manifest.Format();
    }
}
