using System.Globalization;
using Redouble.Persistence.Aof;

namespace Redouble.Checks;

/// <summary>
/// `redouble check-aof`: checks the files of a manifest, or one file of before Redis 7, and mends them by cutting off what is damaged, as redis-check-aof does.
/// </summary>
internal sealed class AofCheck
{
    public const string Usage = "Usage: redouble check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>";

    private readonly AofCheckOptions _options;
    private readonly TextWriter _output;
    private readonly Action<string> _log;
    private readonly AofFileCheck _file;

    private AofCheck(AofCheckOptions options, TextReader input, TextWriter output, Action<string> log)
    {
        (_options, _output, _log) = (options, output, log);
        _file = new AofFileCheck(options, input, output);
    }

    /// <summary>Runs the command; the exit status.</summary>
    /// <param name="args">What follows the command's name.</param>
    /// <param name="input">Where the user answers.</param>
    /// <param name="output">Where findings go.</param>
    /// <param name="log">Where the faults of a manifest go, in the form of the server's log.</param>
    public static int Run(ReadOnlySpan<string> args, TextReader input, TextWriter output, Action<string> log)
    {
        var fixes = args.Length == 2 && args[0] == "--fix";
        var truncates = args.Length == 3 && args[0] == "--truncate-to-timestamp";
        if (args.Length != 1 && !fixes && !truncates)
        {
            output.WriteLine(Usage);
            return 1;
        }

        var timestamp = 0L;
        if (truncates && args[1].Length > 0 && !long.TryParse(args[1], NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite,
            CultureInfo.InvariantCulture, out timestamp))
        {
            output.WriteLine("Invalid timestamp, aborting...");
            return 1;
        }

        try
        {
            new AofCheck(new AofCheckOptions(fixes, timestamp), input, output, log).CheckPath(args[^1]);
            return 0;
        }
        catch (CheckAbortedException aborted)
        {
            output.WriteLine(aborted.Message);
            return 1;
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException)
        {
            output.WriteLine($"Cannot read file {args[^1]}: {failure.Message}"); // or one of its set: a device has no length, a disk is faulty
            return 1;
        }
        catch (LogToldException)
        {
            return 1;
        }
    }

    private void CheckPath(string path)
    {
        if (IsManifest(path))
        {
            CheckSet(path);
            return;
        }

        _output.WriteLine("Start checking Old-Style AOF");
        Tell(_file.Check(path, path, isLast: true, BeginsWithRdb(path)), path, "AOF");
    }

    private void CheckSet(string path)
    {
        _output.WriteLine("Start checking Multi Part AOF");
        if (AofManifestReader.Read(File.ReadAllBytes(path), out var manifest) is { } error)
        {
            _log("\n*** FATAL AOF MANIFEST FILE ERROR ***\n");
            if (error.Line != null)
            {
                _log($"Reading the manifest file, at line {error.LineNumber}\n");
                _log($">>> '{error.Line}'\n");
            }

            _log(error.Text + "\n");
            throw new LogToldException();
        }

        var folder = Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".";
        var left = manifest.Data.Count();
        if (manifest.Base is { } basis)
        {
            var basePath = Path.Join(folder, Redouble.Engine.Configuration.ConfigText.ToPath(basis.Name));
            var isRdb = BeginsWithRdb(basePath);
            _output.WriteLine($"Start to check BASE AOF ({(isRdb ? "RDB" : "RESP")} format).");
            Tell(_file.Check(basis.Name, basePath, --left == 0, isRdb), basis.Name, "BASE AOF");
        }

        if (manifest.Incrementals.Count > 0) _output.WriteLine("Start to check INCR files.");
        foreach (var file in manifest.Incrementals)
        {
            var filePath = Path.Join(folder, Redouble.Engine.Configuration.ConfigText.ToPath(file.Name));
            Tell(_file.Check(file.Name, filePath, --left == 0, hasRdb: false), file.Name, "INCR AOF");
        }

        _output.WriteLine("All AOF files and manifest are valid");
    }

    private void Tell(AofCheckResult result, string name, string kind) => _output.WriteLine(result switch
    {
        AofCheckResult.Valid => $"{kind} {name} is valid",
        AofCheckResult.Empty => $"{kind} {name} is empty",
        AofCheckResult.Truncated => $"Successfully truncated AOF {name}",
        _ => $"Successfully truncated AOF {name} to timestamp {_options.Timestamp}",
    });

    // The lines up to the first that is neither a comment nor a file decide.
    private static bool IsManifest(string path)
    {
        using var file = Open(path);
        var isManifest = false;
        while (file.ReadLine(AofManifestReader.LineLengthMax) is { Length: > 0 } line)
        {
            if (line[0] == '#') continue;
            if (!line.AsSpan().StartsWith("file"u8)) break;
            isManifest = true;
        }

        return isManifest;
    }

    private static bool BeginsWithRdb(string path)
    {
        using var file = Open(path);
        const int headMin = 8;
        return file.Length >= headMin && (file.Window().StartsWith("REDIS"u8) || file.Window().StartsWith("VALKEY"u8));
    }

    private static CheckedFile Open(string path)
    {
        try
        {
            return CheckedFile.Open(path, forWriting: false);
        }
        catch (IOException failure)
        {
            throw new CheckAbortedException($"Cannot open file {path}: {failure.Message}");
        }
    }

    private sealed class LogToldException : Exception;
}
