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
/// </code>
/// The manifest is written beside the old one and renamed over it, so there is a whole one at any moment, and it names no file that is not there.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="clock">For how long things take.</param>
internal sealed class AofFiles(IFileSystem disk, IClock clock)
{
    private string _directory = "";
    private string _name = "";
    private AofManifest _manifest = AofManifest.Empty;
    private IAppendFile? _current;
    private AofMarker _marker = new();
    private bool _lacksIncremental; // the rewrite under way could not begin a file of its own

    /// <summary>Where the set is.</summary>
    public string Directory => _directory;

    private string TemporaryIncremental => PathOf(AofFile.TemporaryIncrementalName(_name));

    /// <summary>Names the set.</summary>
    /// <param name="directory">appenddirname in dir.</param>
    /// <param name="name">appendfilename.</param>
    public void Name(string directory, string name) => (_directory, _name) = (directory, name);

    /// <summary>Writes a batch to the file at hand.</summary>
    public void Write(AofBatch batch)
    {
        if (_current != null) batch.Run(_current, _marker, clock);
    }

    /// <summary>A node starts: writes on to the last incremental file, or a first one. Returns whether that is a new one, and its name.</summary>
    public (bool IsNew, string Name) Start(AofManifest manifest, AofMarker? marker)
    {
        var isNew = manifest.LastIncremental == null;
        _manifest = isNew ? manifest.WithNextIncremental(_name) : manifest;
        var name = _manifest.LastIncremental!.Name;
        if (isNew) disk.Delete(PathOf(name));
        _current = disk.OpenAppend(PathOf(name));
        if (!isNew) _current.Sync(); // what a killed process has left is told to be on the disk from now on
        _marker = marker ?? new AofMarker();
        Persist(_manifest);
        return (isNew, name);
    }

    /// <summary>Bytes of the base and of the whole set.</summary>
    public (long Base, long All) Sizes() => (_manifest.Base is { } basis ? LengthOf(basis.Name) : 0, _manifest.Data.Sum(file => LengthOf(file.Name)));

    /// <summary>A rewrite begins: what follows goes to a file of its own, which returns its name.</summary>
    public string BeginIncremental()
    {
        _lacksIncremental = true;
        var next = _manifest.WithNextIncremental(_name);
        var name = next.LastIncremental!.Name;
        disk.Delete(PathOf(name)); // of a rewrite that broke off
        var file = disk.OpenAppend(PathOf(name));
        try
        {
            _current?.Sync(); // the next file is worth nothing without the end of this one
            Persist(next);
        }
        catch (IOException)
        {
            file.Dispose();
            PutBack(next);
            throw;
        }

        _current?.Dispose();
        (_current, _marker, _manifest) = (file, _marker.Next(), next);
        _lacksIncremental = false;
        return name;
    }

    /// <summary>The first rewrite begins: what follows goes to a file that does not count yet. There may be a set of files from before.</summary>
    public void BeginTemporary()
    {
        _lacksIncremental = true;
        disk.CreateDirectory(_directory);
        _manifest = ReadManifest();
        disk.Delete(TemporaryIncremental);
        _current?.Dispose();
        _current = null;
        _current = disk.OpenAppend(TemporaryIncremental);
        _marker = new AofMarker();
        _lacksIncremental = false;
    }

    /// <summary>A base is to be made without anything being written behind it.</summary>
    public void BeginAlone()
    {
        disk.CreateDirectory(_directory);
        _manifest = ReadManifest();
        _lacksIncremental = false;
    }

    /// <summary>A rewrite is done: its file becomes the base. Returns the names, and the bytes of the set.</summary>
    /// <param name="temporaryPath">Path of the file.</param>
    /// <param name="isRdb">What it is.</param>
    /// <param name="isFirst">Whether it is the first one, whose incremental file gets its name now.</param>
    public (string Base, string? Incremental, long Bytes) Install(string temporaryPath, bool isRdb, bool isFirst)
    {
        if (_lacksIncremental) throw new IOException("the file for what was written meanwhile could not be created");
        var next = _manifest.WithNextBase(_name, isRdb).WithIncrementalsAsHistory(_current != null && !isFirst ? 1 : 0);
        if (isFirst) next = next.WithNextIncremental(_name);
        var basis = next.Base!.Name;
        var incremental = isFirst ? next.LastIncremental!.Name : null;

        disk.Rename(temporaryPath, PathOf(basis));
        if (incremental != null) disk.Rename(TemporaryIncremental, PathOf(incremental));
        try
        {
            Persist(next);
        }
        catch (IOException)
        {
            // If it has got its name all the same, both sets are whole, and either may be there after a power loss: nothing is deleted until a later one is
            // durable, and the files of both keep their names.
            if (Stands(next)) _manifest = next;
            throw;
        }

        _manifest = next;
        return (basis, incremental, LengthOf(basis) + (_current?.Length ?? 0));
    }

    /// <summary>Deletes what is not needed any more; returns the names.</summary>
    public IReadOnlyList<string> RemoveHistory()
    {
        if (_manifest.History.Count == 0) return [];
        var names = _manifest.History.Select(static file => file.Name).Where(name => !_manifest.HoldsData(name)).ToArray();
        foreach (var name in names) disk.Delete(PathOf(name));
        _manifest = _manifest.WithoutHistory();
        Persist(_manifest);
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

    private string PathOf(string name) => Path.Combine(_directory, ConfigText.ToPath(name));

    private AofManifest ReadManifest()
    {
        using var file = disk.OpenRead(PathOf(AofManifest.NameOf(_name)));
        if (file == null) return AofManifest.Empty;
        var bytes = new byte[file.Length];
        var length = 0;
        for (var read = -1; read != 0 && length < bytes.Length; length += read) read = file.Read(bytes.AsSpan(length));
        return AofManifestReader.Read(bytes.AsSpan(0, length), out var manifest) is { } error
            ? throw new IOException($"{error.Text} in {AofManifest.NameOf(_name)}") : manifest;
    }

    // One that fails may have got its name all the same: it is durable only when the directory is synced behind that.
    private void Persist(AofManifest manifest)
    {
        var temporary = PathOf(AofManifest.TemporaryNameOf(_name));
        try
        {
            using (var file = disk.Create(temporary))
            {
                file.Write(manifest.Format());
                file.Sync();
            }

            disk.Rename(temporary, PathOf(AofManifest.NameOf(_name)));
        }
        catch (IOException)
        {
            TemporaryFile.Remove(disk, temporary);
            throw;
        }
    }

    // The file at hand is written on, so the manifest must not name another one behind it. If this fails, too, that one is there and empty: a load takes both.
    private void PutBack(AofManifest refused)
    {
        if (!Stands(refused)) return;
        try
        {
            Persist(_manifest);
        }
        catch (IOException)
        {
            // The rewrite fails, and has said why.
        }
    }

    // Whether it is what a start would find now.
    private bool Stands(AofManifest manifest)
    {
        try
        {
            return ReadManifest().Format().AsSpan().SequenceEqual(manifest.Format());
        }
        catch (IOException)
        {
            return true; // not known
        }
    }

    private long LengthOf(string name)
    {
        using var file = disk.OpenRead(PathOf(name));
        return file?.Length ?? 0;
    }
}
