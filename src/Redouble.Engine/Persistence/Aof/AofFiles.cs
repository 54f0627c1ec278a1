using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The files of an append-only file set, as the file thread handles them: one that is written to, and the manifest that says which of them count.
/// <code>
///   rewrite begins   new incr file ─► manifest with it ─► written to from here on        fails: the old file is written on
///   rewrite is done  base renamed  ─► manifest with it, the older files as history       fails: a file too many, the set is as it was
///                    history deleted ─► manifest without it
///   first rewrite    the incr file has a temporary name until the base is there: neither counts before the manifest names both
///   one that moves   begins as any; done: incr file copied, base renamed, manifest in the new directory ─► the copy is written to from here on
///                    fails: what was made there is deleted, and the set goes on where it is
///   disk was full    before the rewrite could begin a file: base and a new incr file at once, by one manifest
/// </code>
/// A manifest names no file that is not there (<see cref="AofManifestFile"/>). While it is not known which of two a start would find, with different files
/// to write to, nothing is written.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="clock">For how long things take.</param>
internal sealed class AofFiles(IFileSystem disk, IClock clock)
{
    private const string UnsettledText = "the manifest of a rewrite that has failed could not be taken back";

    private string _directory = "";
    private string _name = "";
    private AofManifest _manifest = AofManifest.Empty;
    private IAppendFile? _current;
    private AofMarker _marker = new();
    private bool _lacksIncremental; // the rewrite under way could not begin a file of its own
    private bool _isAhead; // the manifest on the disk may name a file behind that at hand: both are whole, and none of them may go
    private (AofManifest Before, string[] Made)? _unsettled; // a manifest that was refused, and could not be taken back

    private string TemporaryIncremental => PathOf(AofFile.TemporaryIncrementalName(_name));

    /// <summary>Writes a batch to the file at hand.</summary>
    public void Write(AofBatch batch)
    {
        if (_current == null && !_lacksIncremental) throw new InvalidOperationException("There is no append-only file to write to.");
        if (_current == null) return; // that of a first rewrite could not be created: it has failed, and what is written for it with it
        if (TrySettle()) batch.Run(_current, _marker, clock);
        else batch.Refuse(UnsettledText);
    }

    /// <summary>A node starts: writes on to the last incremental file, or a first one. Returns whether that is a new one, and its name.</summary>
    /// <param name="directory">appenddirname in dir.</param>
    /// <param name="name">appendfilename.</param>
    /// <param name="found">The set.</param>
    /// <param name="marker">Stands at the end of its last incremental file, if there is one.</param>
    /// <exception cref="IOException">What cannot be opened or written, and why.</exception>
    public (bool IsNew, string Name) Start(string directory, string name, AofManifest found, AofMarker? marker)
    {
        (_directory, _name) = (directory, name);
        var isNew = found.LastIncremental == null;
        _manifest = isNew ? found.WithNextIncremental(_name) : found;
        var incremental = _manifest.LastIncremental!.Name;
        try
        {
            if (isNew) disk.Delete(PathOf(incremental));
            _current = disk.OpenAppend(PathOf(incremental));
            if (!isNew) _current.Sync(); // what a killed process has left is told to be on the disk from now on
        }
        catch (IOException failure)
        {
            throw new IOException($"Can't open the append-only file {incremental}: {failure.Message}", failure);
        }

        try
        {
            ManifestFile.Write(_manifest);
        }
        catch (IOException failure)
        {
            throw new IOException($"Error trying to write the AOF manifest file {AofManifest.NameOf(_name)}: {failure.Message}", failure);
        }

        _marker = marker ?? new AofMarker();
        return (isNew, incremental);
    }

    /// <summary>Bytes of the base and of the whole set.</summary>
    public (long Base, long All) Sizes() =>
        (_manifest.Base is { } basis ? LengthOf(PathOf(basis.Name)) : 0, _manifest.Data.Sum(file => LengthOf(PathOf(file.Name))));

    /// <summary>A rewrite begins: what follows goes to a file of its own, which returns its name.</summary>
    public string BeginIncremental()
    {
        _lacksIncremental = true;
        disk.CreateDirectory(_directory); // somebody may have deleted it
        RequireSettled();
        var next = _manifest.WithNextIncremental(_name);
        var name = next.LastIncremental!.Name;
        disk.Delete(PathOf(name)); // of a rewrite that broke off
        var file = disk.OpenAppend(PathOf(name));
        try
        {
            _current?.Sync(); // the next file is worth nothing without the end of this one
            ManifestFile.Write(next);
        }
        catch (IOException)
        {
            // The file at hand is written on, so the manifest must not name another one behind it. If it does, that one is there and empty: a load takes both.
            file.Dispose();
            _isAhead = !ManifestFile.TryPutBack(next, _manifest);
            throw;
        }

        _current?.Dispose();
        (_current, _marker, _manifest) = (file, _marker.Next(), next);
        _lacksIncremental = false;
        return name;
    }

    /// <summary>The first rewrite begins: what follows goes to a file that does not count yet. There may be a set of files from before.</summary>
    public void BeginTemporary(string directory, string name)
    {
        _lacksIncremental = true;
        Enter(directory, name);
        disk.Delete(TemporaryIncremental);
        _current?.Dispose();
        _current = null;
        _current = disk.OpenAppend(TemporaryIncremental);
        _marker = new AofMarker();
        _lacksIncremental = false;
    }

    /// <summary>A base is to be made without anything being written behind it.</summary>
    public void BeginAlone(string directory, string name)
    {
        _lacksIncremental = true;
        Enter(directory, name);
        _lacksIncremental = false;
    }

    /// <summary>A rewrite is done: its file becomes the base. Returns the names, and the bytes of the set.</summary>
    /// <param name="temporaryPath">Path of the file.</param>
    /// <param name="directory">Where the set is from now on, mostly as it was.</param>
    /// <param name="isRdb">What it is.</param>
    /// <param name="behind">What there is behind it.</param>
    /// <exception cref="IOException">It cannot be: the set is as it was.</exception>
    public (string Base, string? Incremental, long Bytes) Install(string temporaryPath, string directory, bool isRdb, AofBehind behind)
    {
        if (_lacksIncremental && behind != AofBehind.New) throw new IOException("the file for what was written meanwhile could not be created");
        RequireSettled();
        var baseBytes = LengthOf(temporaryPath); // behind the switch nothing may fail
        var moves = directory != _directory;
        var before = moves ? new AofManifestFile(disk, directory, _name).Read() : _manifest;
        var goesOn = behind == AofBehind.Begun && !moves;
        var next = before.WithNextBase(_name, isRdb).WithIncrementalsAsHistory(goesOn ? 1 : 0);
        if (!goesOn && behind != AofBehind.Nothing) next = next.WithNextIncremental(_name);
        if (behind == AofBehind.New || (moves && behind == AofBehind.Begun)) InstallAnew(temporaryPath, directory, before, next, behind);
        else InstallHere(temporaryPath, next, behind);
        (_directory, _manifest) = (directory, next);
        return (next.Base!.Name, goesOn ? null : next.LastIncremental?.Name, baseBytes + (_current?.Length ?? 0));
    }

    /// <summary>Deletes what is not needed any more; returns the names.</summary>
    public IReadOnlyList<string> RemoveHistory()
    {
        if (_manifest.History.Count == 0) return [];
        RequireSettled();
        var names = _manifest.History.Select(static file => file.Name).Where(name => !_manifest.HoldsData(name)).ToArray();
        foreach (var name in names) disk.Delete(PathOf(name));
        _manifest = _manifest.WithoutHistory();
        ManifestFile.Write(_manifest);
        return names;
    }

    /// <summary>Deletes a file that never came to count, if it is there.</summary>
    public void Delete(string path) => disk.Delete(path);

    /// <summary>Syncs and closes the file at hand.</summary>
    public void Close()
    {
        try
        {
            _current?.Sync();
        }
        finally
        {
            _current?.Dispose();
            _current = null;
        }
    }

    /// <summary>Closes the file at hand, and no more.</summary>
    public void Drop()
    {
        _current?.Dispose();
        _current = null;
    }

    /// <summary>The first rewrite has failed: what was written meanwhile is worth nothing.</summary>
    public void DropTemporary()
    {
        Drop();
        disk.Delete(TemporaryIncremental);
    }

    private string PathOf(string name) => In(_directory, name);

    private static string In(string directory, string name) => Path.Combine(directory, ConfigText.ToPath(name));

    private AofManifestFile ManifestFile => new(disk, _directory, _name);

    private void Enter(string directory, string name)
    {
        (_directory, _name, _isAhead, _unsettled) = (directory, name, false, null); // whichever manifest is there, its set is whole
        disk.CreateDirectory(directory);
        _manifest = ManifestFile.Read();
    }

    // The file behind the base is there, and is written on.
    private void InstallHere(string temporaryPath, AofManifest next, AofBehind behind)
    {
        disk.Rename(temporaryPath, PathOf(next.Base!.Name));
        if (behind == AofBehind.Temporary) disk.Rename(TemporaryIncremental, PathOf(next.LastIncremental!.Name));
        try
        {
            ManifestFile.Write(next);
        }
        catch (IOException)
        {
            // If it has got its name all the same, both sets are whole, and either may be there after a power loss: nothing is deleted until a later one is
            // durable, and the files of both keep their names.
            if (ManifestFile.Stands(next)) _manifest = next;
            throw;
        }
    }

    // The file behind the base is another one than that at hand, which is written on if this fails: then nothing of this may stay.
    private void InstallAnew(string temporaryPath, string directory, AofManifest before, AofManifest next, AofBehind behind)
    {
        var manifestFile = new AofManifestFile(disk, directory, _name);
        var (basis, incremental) = (In(directory, next.Base!.Name), In(directory, next.LastIncremental!.Name));
        IAppendFile? file = null;
        try
        {
            disk.Delete(incremental); // of a rewrite that broke off
            file = disk.OpenAppend(incremental);
            if (behind == AofBehind.Begun) CopyCurrent(file);
            disk.Rename(temporaryPath, basis); // which makes the name of the other one durable, too
            manifestFile.Write(next);
        }
        catch (IOException)
        {
            file?.Dispose();
            string[] made = [basis, incremental];
            if (manifestFile.TryPutBack(next, before)) Remove(made);
            else if (directory == _directory) _unsettled = (before, made); // elsewhere it is another set, whose disk shall not stop this one
            throw;
        }

        _current?.Dispose();
        _current = file;
        if (behind == AofBehind.New) _marker = new AofMarker(); // a copy goes on as what it is a copy of
    }

    // Both manifests stand for all that has been written, but what is written from now on would be in the set of one of them only. So the one of the file at
    // hand has to be there first, and durable: that it has got its name is not enough.
    private bool TrySettle()
    {
        if (_unsettled is not { } refused) return true;
        if (!ManifestFile.TryReplace(refused.Before)) return false;
        Remove(refused.Made);
        _unsettled = null;
        return true;
    }

    private void Remove(string[] made)
    {
        foreach (var path in made) TemporaryFile.Remove(disk, path);
    }

    private void RequireSettled()
    {
        if (_isAhead && ManifestFile.TryReplace(_manifest)) _isAhead = false;
        if (_isAhead || !TrySettle()) throw new IOException(UnsettledText);
    }

    // What the rewrite has begun holds only what was done since its snapshot.
    private void CopyCurrent(IAppendFile to)
    {
        const int bufferBytes = 256 * 1024;
        const int writeBackBytes = 4 << 20;
        using var from = disk.OpenRead(PathOf(_manifest.LastIncremental!.Name)) ?? throw new IOException("No such file or directory");
        var buffer = new byte[bufferBytes];
        for (long left = _current!.Length, behind = 0; left > 0;)
        {
            var read = from.Read(buffer.AsSpan(0, (int)Math.Min(left, bufferBytes)));
            if (read == 0) throw new IOException("the file for what was written meanwhile has been cut");
            to.Write(buffer.AsSpan(0, read));
            left -= read;
            behind += read;
            if (behind < writeBackBytes) continue;
            to.WriteBack();
            behind = 0;
        }

        to.Sync();
    }

    private long LengthOf(string path)
    {
        using var file = disk.OpenRead(path);
        return file?.Length ?? 0;
    }
}
