using System.Globalization;
using System.Text;
using Redouble.Persistence.Aof;

namespace Redouble.Checks;

/// <summary>What became of a file.</summary>
internal enum AofCheckResult
{
    Valid,
    Empty,
    Truncated,
    TruncatedToTimestamp,
}

/// <summary>How the files of a check are to be dealt with.</summary>
/// <param name="Fixes">Whether what is damaged is cut off, when the user agrees.</param>
/// <param name="Timestamp">Whether, and to which second, files are cut back; 0 for not.</param>
internal sealed record AofCheckOptions(bool Fixes, long Timestamp);

/// <summary>
/// Checks one append-only file, as strictly and in the same words as redis-check-aof: stricter than a server that loads it. What is cut off goes from
/// behind the last whole unit; a file with marks of ours then says that it was repaired, so that no replication goes on from it.
/// </summary>
internal sealed class AofFileCheck(AofCheckOptions options, TextReader input, TextWriter output)
{
    private const int NumberLineMax = 127;
    private long _line = 1; // counted through all files
    private string _error = "";
    private long _itemStart;
    private int _multi;
    private bool _hasMarks;
    private bool _hasData;

    /// <summary>Checks a file.</summary>
    /// <param name="name">As it is shown.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="isLast">Whether it is the last file of its set: only that one may be cut.</param>
    /// <param name="hasRdb">Whether it begins with an RDB.</param>
    /// <exception cref="CheckAbortedException">It is not valid, or cannot be read.</exception>
    public AofCheckResult Check(string name, string path, bool isLast, bool hasRdb)
    {
        using var file = Open(path);
        var size = file.Length;
        if (size == 0) return AofCheckResult.Empty;
        (_multi, _error, _hasMarks, _hasData) = (0, "", false, hasRdb);
        if (hasRdb) CheckRdb(file, name);
        var valid = 0L;
        while (true)
        {
            if (_multi == 0) valid = file.Position;
            var first = file.Peek();
            if (first < 0) break;
            if (first == '#')
            {
                if (!TakeAnnotation(file, path, isLast)) return AofCheckResult.TruncatedToTimestamp;
                continue;
            }

            if (first != '*')
            {
                output.WriteLine($"AOF {name} format error");
                break;
            }

            if (!TakeCommand(file, path)) break;
        }

        if (file.HasEnded && _multi != 0 && _error.Length == 0) Wrong("Reached EOF before reading EXEC for MULTI");
        if (_error.Length > 0) output.WriteLine(_error);
        return Judge(file, name, isLast, size, valid);
    }

    private static CheckedFile Open(string path)
    {
        try
        {
            return CheckedFile.Open(path, forWriting: true);
        }
        catch (IOException failure)
        {
            throw new CheckAbortedException($"Cannot open file {path}: {failure.Message}, aborting...");
        }
    }

    private void CheckRdb(CheckedFile file, string name)
    {
        output.WriteLine($"[offset 0] Checking RDB file {name}");
        if (!RdbCheck.Check(file, output)) throw new CheckAbortedException("RDB preamble of AOF file is not sane, aborting.");
        output.WriteLine("RDB preamble is OK, proceeding with AOF tail...");
    }

    private AofCheckResult Judge(CheckedFile file, string name, bool isLast, long size, long valid)
    {
        var rest = size - valid;
        if (rest == 0 && options.Timestamp != 0)
        {
            output.WriteLine($"Truncate nothing in AOF {name} to timestamp {options.Timestamp}");
            return AofCheckResult.Valid;
        }

        output.WriteLine($"AOF analyzed: filename={name}, size={size}, ok_up_to={valid}, ok_up_to_line={_line}, diff={rest}");
        if (rest == 0) return AofCheckResult.Valid;
        if (!options.Fixes) throw new CheckAbortedException($"AOF {name} is not valid. Use the --fix option to try fixing it.");
        if (!isLast) throw new CheckAbortedException($"Failed to truncate AOF {name} because it is not the last file");
        output.WriteLine($"This will shrink the AOF {name} from {size} bytes, with {rest} bytes, to {valid} bytes");
        output.Write("Continue? [y/N]: ");
        output.Flush();
        if (input.Read() is not ('y' or 'Y')) throw new CheckAbortedException("Aborting...");
        Cut(file, valid, $"Failed to truncate AOF {name}");
        return AofCheckResult.Truncated;
    }

    private void Cut(CheckedFile file, long length, string failure)
    {
        try
        {
            file.Truncate(length, _hasMarks ? AofAnnotation.Repaired : []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckAbortedException(failure);
        }
    }

    // False when the file was cut there.
    private bool TakeAnnotation(CheckedFile file, string path, bool isLast)
    {
        var start = file.Position;
        var line = file.ReadLine(AofScanner.LineMax);
        _hasMarks |= AofAnnotation.IsMark(line);
        if (options.Timestamp == 0 || !AofAnnotation.IsTimestamp(line)) return true;
        var isWhole = AofAnnotation.TryReadTimestamp(line, out var seconds) && line.AsSpan().Contains((byte)'\r');
        if (!isWhole) throw new CheckAbortedException("Invalid timestamp annotation");
        if (seconds <= options.Timestamp) return true;
        var isFirst = start == 0 || (_hasMarks && !_hasData); // our lines and SELECT come before a time, too
        if (isFirst) throw new CheckAbortedException($"AOF {path} has nothing before timestamp {options.Timestamp}, aborting...");
        if (!isLast)
        {
            output.WriteLine($"Failed to truncate AOF {path} to timestamp {options.Timestamp} to offset {start} because it is not the last file.");
            throw new CheckAbortedException(
                "If you insist, please delete all files after this file according to the manifest file and delete the corresponding records in manifest file "
                + "manually. Then re-run redouble check-aof.");
        }

        Cut(file, start, $"Failed to truncate AOF {path} to timestamp {options.Timestamp}");
        return false;
    }

    private bool TakeCommand(CheckedFile file, string path)
    {
        if (!TakeNumber(file, '*', out var count)) return false;
        for (var i = 0L; i < count; i++)
        {
            if (!TakeString(file, i == 0, out var word)) return false;
            if (i > 0) continue;
            _hasData |= !word.Equals("select", StringComparison.OrdinalIgnoreCase);
            var isMulti = word.Equals("multi", StringComparison.OrdinalIgnoreCase);
            if (isMulti && _multi++ != 0) return Wrong($"Unexpected MULTI in AOF {path}");
            if (word.Equals("exec", StringComparison.OrdinalIgnoreCase) && --_multi != 0) return Wrong($"Unexpected EXEC in AOF {path}");
        }

        return true;
    }

    private bool TakeNumber(CheckedFile file, char prefix, out long number)
    {
        number = 0;
        _itemStart = file.Position;
        var line = file.ReadLine(NumberLineMax);
        if (line.Length == 0) return false;
        if (line[0] != prefix) return Wrong($"Expected prefix '{prefix}', got: '{(char)line[0]}'");
        var at = 1;
        while (at < line.Length && (line[at] is (byte)' ' or (>= 9 and <= 13))) at++;
        var start = at;
        if (at < line.Length && line[at] is (byte)'-' or (byte)'+') at++;
        var digits = at;
        while (at < line.Length && line[at] is >= (byte)'0' and <= (byte)'9') at++;
        if (at == digits) at = 1; // no number: what is wrong begins behind the prefix
        else if (!TryParse(line.AsSpan(start, at - start), out number)) number = long.MaxValue;
        return TakeLineEnd(line.AsSpan(at));
    }

    private bool TakeString(CheckedFile file, bool isName, out string word)
    {
        word = "";
        if (!TakeNumber(file, '$', out var length)) return false;
        if (length is < 0 or > long.MaxValue - 2) return Wrong($"Expected to read string of {length} bytes, which is not in the suitable range");
        _itemStart = file.Position;
        const int nameMax = 16;
        var buffer = new byte[(int)Math.Min(length + 2, 64 * 1024)];
        var (total, read) = (0L, 0);
        Span<byte> end = stackalloc byte[2];
        while (total < length + 2 && (read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length + 2 - total)))) > 0)
        {
            if (isName && total == 0 && length <= nameMax) word = Encoding.Latin1.GetString(buffer, 0, (int)Math.Min(length, read));
            if (read == 1) (end[0], end[1]) = (end[1], buffer[0]);
            else buffer.AsSpan(read - 2, 2).CopyTo(end);
            total += read;
        }

        return total == length + 2 ? TakeLineEnd(end) : Wrong($"Expected to read {length + 2} bytes, got {total} bytes");
    }

    private bool TakeLineEnd(ReadOnlySpan<byte> end)
    {
        if (end.StartsWith("\r\n"u8))
        {
            _line++;
            return true;
        }

        return Wrong($"Expected \\r\\n, got: {Shown(end, 0)}{Shown(end, 1)}");
    }

    // As C prints a character by %02x: those from 0x80 on are negative numbers there.
    private static string Shown(ReadOnlySpan<byte> bytes, int index)
    {
        var value = index < bytes.Length ? (int)(sbyte)bytes[index] : 0;
        return value.ToString("x2", CultureInfo.InvariantCulture);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private bool Wrong(string what)
    {
        _error = $"0x{_itemStart,16:x}: {what}";
        return false;
    }
}
