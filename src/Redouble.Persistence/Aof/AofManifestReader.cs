using System.Text;
using Redouble.Core.Text;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Reads a manifest and judges it as Redis does. Fields of a line may stand in any order, unknown ones are ignored, and there may be more of them: a later
/// version's manifest is readable as far as it means the same.
/// </summary>
public static class AofManifestReader
{
    /// <summary>Bytes of a line, its end included.</summary>
    public const int LineLengthMax = 1024;

    private const string BadFormat = "Invalid AOF manifest file format";

    /// <summary>Reads the bytes of a manifest file.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="manifest">What it lists; the empty set after an error.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    public static AofManifestError? Read(ReadOnlySpan<byte> text, out AofManifest manifest)
    {
        manifest = AofManifest.Empty;
        if (text.IsEmpty) return new AofManifestError("Found an empty AOF manifest", 0, null);
        AofFile? basis = null;
        List<AofFile> history = [];
        List<AofFile> incrementals = [];
        for (var number = 1; !text.IsEmpty; number++)
        {
            var window = text[..Math.Min(text.Length, LineLengthMax)];
            var end = window.IndexOf((byte)'\n');
            var line = end < 0 ? window : window[..(end + 1)];
            text = text[line.Length..];
            if (line[0] == '#') continue;
            if (end < 0 || line.Contains((byte)0)) return new AofManifestError("The AOF manifest file contains too long line", number, null);
            line = line.Trim(" \t\r\n"u8);
            var file = ReadLine(line, out var error);
            error ??= file!.Kind switch
            {
                AofFileKind.Base => basis == null ? null : "Found duplicate base file information",
                AofFileKind.History => null,
                AofFileKind.Incremental => file.Sequence > LastOf(incrementals) ? null : "Found a non-monotonic sequence number",
                _ => "Unknown AOF file type",
            };
            if (error != null) return new AofManifestError(error, number, Encoding.Latin1.GetString(line));
            if (file!.Kind == AofFileKind.Base) basis = file;
            else (file.Kind == AofFileKind.History ? history : incrementals).Add(file);
        }

        manifest = new AofManifest(basis, history, incrementals, basis?.Sequence ?? 0, LastOf(incrementals));
        return null;
    }

    private static long LastOf(List<AofFile> files) => files.Count == 0 ? 0 : files[^1].Sequence;

    private static AofFile? ReadLine(ReadOnlySpan<byte> line, out string? error)
    {
        error = BadFormat;
        List<byte[]> words = [];
        if (line.IsEmpty || !QuotedText.TrySplit(line, words) || words.Count < 6 || words.Count % 2 != 0) return null;
        string? name = null;
        var (sequence, kind) = (0L, 0);
        for (var i = 0; i < words.Count; i += 2)
        {
            var value = UpToNul(words[i + 1]);
            var field = UpToNul(words[i]);
            if (AsciiCase.EqualsIgnoreCase(field, "file"u8))
            {
                name = Encoding.Latin1.GetString(value);
                if (!name.AsSpan().ContainsAny('/', '\\')) continue;
                error = "File can't be a path, just a filename";
                return null;
            }

            if (AsciiCase.EqualsIgnoreCase(field, "seq"u8)) sequence = NumberOf(value);
            else if (AsciiCase.EqualsIgnoreCase(field, "type"u8)) kind = value.IsEmpty ? 0 : value[0];
        }

        if (name == null || sequence == 0 || kind == 0) return null;
        error = null;
        return new AofFile(name, sequence, (AofFileKind)kind);
    }

    // A word of the line ends where a string of C does.
    private static ReadOnlySpan<byte> UpToNul(byte[] word) => word.AsSpan().IndexOf((byte)0) is var end and >= 0 ? word.AsSpan(0, end) : word;

    // As atoll: white space, a sign, digits up to anything else; 0 where there is no number.
    private static long NumberOf(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && Integers.IsWhiteSpace(text[0])) text = text[1..];
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+') text = text[1..];
        Int128 value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') break;
            value = Int128.Min((value * 10) + (digit - '0'), (Int128)long.MaxValue + 1);
        }

        return isNegative ? (long)-value : (long)Int128.Min(value, long.MaxValue);
    }
}
