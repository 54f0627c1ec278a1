using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The manifest of a set of append-only files, on the disk. It is written beside the old one and renamed over it, so there is a whole one at any moment.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="directory">Where the set is.</param>
/// <param name="name">appendfilename.</param>
internal sealed class AofManifestFile(IFileSystem disk, string directory, string name)
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.Combine(directory, ConfigText.ToPath(AofManifest.NameOf(name)));

    /// <summary>Reads it; the empty set when there is none. What is wrong with it, if it makes no sense.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public AofManifestError? Read(out AofManifest manifest)
    {
        manifest = AofManifest.Empty;
        using var file = disk.OpenRead(Path);
        return file == null ? null : AofManifestReader.Read(file.ReadToEnd(), out manifest);
    }

    /// <summary>As the other one, where a manifest that makes no sense is one that cannot be read.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public AofManifest Read() =>
        Read(out var manifest) is { } error ? throw new IOException($"{error.Text} in {AofManifest.NameOf(name)}") : manifest;

    /// <summary>Replaces it: from its return on the set is this one.</summary>
    /// <exception cref="IOException">
    /// It could not be written. It may have got its name all the same: that is durable only when the directory is synced (<see cref="Stands"/>).
    /// </exception>
    public void Write(AofManifest manifest)
    {
        var temporary = System.IO.Path.Combine(directory, ConfigText.ToPath(AofManifest.TemporaryNameOf(name)));
        try
        {
            using (var file = disk.Create(temporary))
            {
                file.Write(manifest.Format());
                file.Sync();
            }

            disk.Rename(temporary, Path);
        }
        catch (IOException)
        {
            TemporaryFile.Remove(disk, temporary);
            throw;
        }
    }

    /// <summary>Takes back one that was refused, if it has got its name; false when it stays.</summary>
    /// <param name="refused">That <see cref="Write"/> has failed with.</param>
    /// <param name="before">What was there.</param>
    public bool TryPutBack(AofManifest refused, AofManifest before) => !Stands(refused) || TryReplace(before);

    /// <summary>Replaces whatever there is; false when that fails.</summary>
    /// <param name="manifest">What shall be there; empty for none.</param>
    public bool TryReplace(AofManifest manifest)
    {
        try
        {
            if (manifest.Format().Length > 0) Write(manifest);
            else disk.Delete(Path);
            return true;
        }
        catch (IOException)
        {
            return false; // whoever wrote it has said why that failed
        }
    }

    /// <summary>Whether it is what a start would find now; also when that is not known.</summary>
    public bool Stands(AofManifest manifest)
    {
        try
        {
            return Read().Format().AsSpan().SequenceEqual(manifest.Format());
        }
        catch (IOException)
        {
            return true;
        }
    }
}
