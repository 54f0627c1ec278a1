using System.Globalization;
using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Engine.Replication;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// Loads the append-only files of a node: the base, then the incremental files in order, in slices between turns of the loop. Only the last of them may end
/// in the middle of something.
/// </summary>
internal sealed class AofLoad : IDisposable
{
    private readonly Node _node;
    private readonly AofFolder _folder;
    private readonly StreamApplier _applier;
    private readonly AofFile[] _files;
    private readonly List<IReadableFile> _opened = []; // not begun yet
    private readonly long _started;
    private readonly AofManifest _manifest;
    private bool _isToBeMoved; // a file of before Redis 7.0, still where that had it
    private AofFileLoad? _current;
    private long _fileStarted;
    private long _before; // bytes of the files that are loaded
    private int _next;
    private ulong? _predecessor; // CRC-64 of the incremental file before
    private AofMarker? _marker;

    private AofLoad(Node node, AofFolder folder, AofManifest manifest)
    {
        (_node, _folder, _manifest) = (node, folder, manifest);
        _files = [.. manifest.Data];
        _started = node.Parts.Clock.MonotonicMicroseconds;
        _applier = new StreamApplier(node);
        Tail = new AofTail(node);
    }

    /// <summary>Where the files end in a replication history.</summary>
    public AofPlaces Places { get; } = new();

    /// <summary>The last bytes of the stream that the files hold.</summary>
    public AofTail Tail { get; }

    /// <summary>Bytes of all files.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes read.</summary>
    public long LoadedBytes => _before + (_current?.Position ?? 0);

    /// <summary>used-mem of the base, bytes.</summary>
    public long UsedMemoryOfFile { get; private set; }

    /// <summary>Keys of the base's RDB.</summary>
    public long Keys { get; private set; }

    /// <summary>Seconds since it began.</summary>
    public double SecondsTaken => (_node.Parts.Clock.MonotonicMicroseconds - _started) / 1e6;

    /// <summary>What was found.</summary>
    public AofRecovery Recovery { get; private set; } = new(AofManifest.Empty, 0, 0, null);

    /// <summary>Opens the files of the set; null when there are none.</summary>
    /// <exception cref="LoadRefusedException">The set is not whole.</exception>
    public static AofLoad? TryBegin(Node node)
    {
        var folder = new AofFolder(node);
        var manifest = folder.Read();
        var isOld = folder.HasOldFile(manifest);
        if (isOld) manifest = AofManifest.OfSingleFile(node.Config.AppendFileName);
        if (manifest.HasNoData) return null;
        var load = new AofLoad(node, folder, manifest) { _isToBeMoved = isOld };
        load.Open();
        return load;
    }

    /// <summary>Loads until <paramref name="untilMicroseconds"/> on the monotonic clock; true while more is left.</summary>
    /// <exception cref="LoadRefusedException">A file is damaged.</exception>
    public bool Slice(long untilMicroseconds)
    {
        do
        {
            if (_current == null && !BeginNext()) return false;
            AofFileEnd end;
            try
            {
                end = _current!.Step();
            }
            catch (IOException failure) when (failure is not LoadRefusedException)
            {
                throw _folder.Refused($"Unrecoverable error reading the append only file {Name}: {failure.Message}");
            }

            if (end != AofFileEnd.None) EndFile(end);
        }
        while (_node.Parts.Clock.MonotonicMicroseconds < untilMicroseconds);
        return true;
    }

    public void Dispose()
    {
        _current?.Dispose();
        foreach (var file in _opened) file.Dispose();
        _opened.Clear();
        _node.RemoveSession(_applier.Session);
    }

    private string Name => _files[_next - 1].Name;

    // Of a Redis before 7.0: what was done stands in it, too, behind its rewrite.
    private bool IsOldFile => Name == _node.Config.AppendFileName;

    private string PathOf(string name) => _isToBeMoved ? _folder.OldFile : _folder.PathOf(name);

    private bool IsLast => _next == _files.Length;

    // All of them, so that one that is missing is known before the data set is touched.
    private void Open()
    {
        foreach (var file in _files)
        {
            string why;
            try
            {
                if (_node.Parts.Files.OpenRead(PathOf(file.Name)) is { } opened)
                {
                    TotalBytes += opened.Length;
                    _opened.Add(opened);
                    continue;
                }

                why = "No such file or directory";
            }
            catch (IOException failure)
            {
                why = failure.Message;
            }

            Dispose();
            throw _folder.Refused($"Unable to obtain the AOF file {file.Name} length. stat: {why}");
        }
    }

    private bool BeginNext()
    {
        if (_opened.Count == 0)
        {
            Complete();
            return false;
        }

        var file = _opened[0];
        _opened.RemoveAt(0);
        _next++;
        _fileStarted = _node.Parts.Clock.MonotonicMicroseconds;
        _applier.BeginStream(0); // every file begins there
        _applier.IsRewrite = _files[_next - 1].Kind == AofFileKind.Base && !IsOldFile;
        Places.BeginFile(_predecessor);
        _current = new AofFileLoad(_node, _applier, Places, Tail, file) { OnRdb = LogRdb };
        return true;
    }

    private void LogRdb(bool isDone)
    {
        if (isDone) UsedMemoryOfFile = _current!.RdbState!.UsedMemory;
        if (isDone) Keys += _current!.RdbState!.Keys;
        if (!isDone) Log(ConfigLogLevel.Notice, IsOldFile ? "Reading RDB preamble from AOF file..." : "Reading RDB base file on AOF loading...");
        else if (IsOldFile) Log(ConfigLogLevel.Notice, "Reading the remaining AOF tail...");
    }

    private void EndFile(AofFileEnd end)
    {
        var file = _current!;
        if (end == AofFileEnd.Truncated) Truncate(file);
        else if (end != AofFileEnd.Complete) throw Refused(file, end);
        else if (IsLast && file.ValidLength < file.Length) CutOff(file); // a part of an annotation
        _before += file.ValidLength;
        var kind = _files[_next - 1].Kind;
        if (file.Length > 0)
        {
            var seconds = (_node.Parts.Clock.MonotonicMicroseconds - _fileStarted) / 1e6;
            var word = kind == AofFileKind.Base ? "base" : "incr";
            Log(ConfigLogLevel.Notice, string.Create(CultureInfo.InvariantCulture, $"DB loaded from {word} file {Name}: {seconds:F3} seconds"));
        }

        _predecessor = kind == AofFileKind.Incremental ? file.Checksum : null;
        if (kind == AofFileKind.Base) Recovery = Recovery with { BaseBytes = file.ValidLength };
        if (IsLast && kind == AofFileKind.Incremental)
        {
            var place = Places.Place;
            var own = file.Length > 0 ? place?.StreamBytes ?? 0 : 0; // bytes of the stream in front of a mark are those in its file
            _marker = new AofMarker(file.Checksum, own, place?.Offset ?? -1);
        }

        file.Dispose();
        _current = null;
    }

    private void Complete()
    {
        if (_isToBeMoved) _folder.TakeOldFile(_manifest);
        Recovery = Recovery with { Manifest = _manifest, TotalBytes = _before, LastFileMarker = _marker };
    }

    // What is behind the last whole unit was never applied, and goes from the file, too: what is written from now on comes in its place.
    private void Truncate(AofFileLoad file)
    {
        if (file.EndsInTransaction) Log(ConfigLogLevel.Warning, $"Revert incomplete MULTI/EXEC transaction in AOF file {Name}");
        if (!_node.Config.AofLoadTruncated)
        {
            throw _folder.Refused(
                $"Unexpected end of file reading the append only file {Name}. You can: 1) Make a backup of your AOF file, then use ./redouble check-aof " +
                "--fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.");
        }

        Log(ConfigLogLevel.Warning, $"!!! Warning: short read while loading the AOF file {Name}!!!");
        if (_opened.Exists(static next => next.Length > 0))
        {
            throw _folder.Refused($"Fatal error: the truncated file is not the last file ({Name}, at offset {file.ValidLength})");
        }

        Log(ConfigLogLevel.Warning, $"!!! Truncating the AOF {Name} at offset {file.ValidLength} !!!");
        CutOff(file);
        Log(ConfigLogLevel.Warning, $"AOF {Name} loaded anyway because aof-load-truncated is enabled");
    }

    private void CutOff(AofFileLoad file)
    {
        try
        {
            using var writable = _node.Parts.Files.OpenAppend(PathOf(Name));
            writable.Truncate(file.ValidLength);
            writable.Sync();
        }
        catch (IOException failure)
        {
            throw _folder.Refused($"Error truncating the AOF file {Name}: {failure.Message}");
        }
    }

    private LoadRefusedException Refused(AofFileLoad file, AofFileEnd end)
    {
        switch (end)
        {
            case AofFileEnd.UnknownCommand when IsScript(file.Failure):
                return _folder.Refused(
                    $"Can't load the append only file {Name}: it calls a script ({file.Failure} at offset {file.DamageOffset}), and scripts are not run here. "
                    + "The server that wrote it leaves their effects in their place with BGREWRITEAOF");
            case AofFileEnd.UnknownCommand:
                return _folder.Refused($"Unknown command '{file.Failure}' reading the append only file {Name} (at offset {file.DamageOffset})");
            case AofFileEnd.TooLarge:
                return _folder.Refused($"The append only file {Name} holds a command or transaction at offset {file.DamageOffset} that is too large to load");
            case AofFileEnd.BadRdb:
                Log(ConfigLogLevel.Warning, file.Failure);
                var what = IsOldFile ? "preamble of the AOF file" : "base file";
                return _folder.Refused($"Error reading the RDB {what} {Name}, AOF loading aborted");
            default:
                return _folder.Refused(
                    $"Bad file format reading the append only file {Name}: make a backup of your AOF file, then use ./redouble check-aof --fix "
                    + $"<filename.manifest> (damaged at offset {file.DamageOffset})");
        }
    }

    private static bool IsScript(string command) => command.ToUpperInvariant() is "EVAL" or "EVALSHA" or "EVAL_RO" or "EVALSHA_RO" or "FCALL" or "FCALL_RO";

    private void Log(ConfigLogLevel level, string text) => _node.Parts.Host.Log(level, text);
}
