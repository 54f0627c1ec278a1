using Redouble.Engine.Configuration;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>The directory of the append-only files of a node: its manifest, and where things are.</summary>
internal sealed class AofFolder(Node node)
{
    /// <summary>The directory.</summary>
    public string Path => node.AppendOnly.Directory;

    private string Name => node.Config.AppendFileName;

    private AofManifestFile File => new(node.Parts.Files, Path, Name);

    /// <summary>Where a file of the set is.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, ConfigText.ToPath(name));

    /// <summary>Reads the manifest; the empty set when there is none.</summary>
    /// <exception cref="LoadRefusedException">It cannot be read, or makes no sense.</exception>
    public AofManifest Read()
    {
        AofManifestError? error;
        AofManifest manifest;
        try
        {
            error = File.Read(out manifest);
        }
        catch (IOException failure)
        {
            throw Refused($"Fatal error: can't open the AOF manifest file {File.Path} for reading: {failure.Message}");
        }

        if (error == null) return manifest;
        Log("\n*** FATAL AOF MANIFEST FILE ERROR ***\n");
        if (error.Line != null)
        {
            Log($"Reading the manifest file, at line {error.LineNumber}\n");
            Log($">>> '{error.Line}'\n");
        }

        throw Refused(error.Text + "\n");
    }

    /// <summary>Where the file of a Redis before 7.0 is.</summary>
    public string OldFile => node.Config.Paths.Of(ConfigText.ToPath(Name));

    /// <summary>
    /// Whether there is one that is to become the base of a set. That of a start that died in between, or was refused, has its manifest already.
    /// </summary>
    public bool HasOldFile(AofManifest manifest)
    {
        var files = node.Parts.Files;
        if (!files.Exists(OldFile)) return false;
        var wasBegun = manifest.Incrementals.Count == 0 && manifest.Base?.Name == Name && !files.Exists(PathOf(Name));
        return manifest.HasNoData || wasBegun;
    }

    /// <summary>
    /// Makes it the base: the manifest first, then the file is moved. Only when all of it has been loaded, so that who cannot load it leaves everything as
    /// the Redis that wrote it needs it.
    /// </summary>
    public void TakeOldFile(AofManifest upgraded)
    {
        var files = node.Parts.Files;
        try
        {
            files.CreateDirectory(Path);
        }
        catch (IOException failure)
        {
            throw Refused($"Can't open or create append-only dir {node.Config.AppendDirName}: {failure.Message}");
        }

        try
        {
            File.Write(upgraded);
        }
        catch (IOException failure)
        {
            throw Refused($"Error trying to write the AOF manifest file {AofManifest.NameOf(Name)}: {failure.Message}");
        }

        try
        {
            files.Rename(OldFile, PathOf(Name));
        }
        catch (IOException failure)
        {
            throw Refused($"Error trying to move the old AOF file {Name} into dir {node.Config.AppendDirName}: {failure.Message}");
        }

        node.Parts.Host.Log(
            ConfigLogLevel.Notice, $"Successfully migrated an old-style AOF file ({Name}) into the AOF directory ({node.Config.AppendDirName}).");
    }

    /// <summary>Tells the log, and makes the exception that ends the load.</summary>
    public LoadRefusedException Refused(string why)
    {
        Log(why);
        return new LoadRefusedException(why);
    }

    private void Log(string text) => node.Parts.Host.Log(ConfigLogLevel.Warning, text);
}
