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

    /// <summary>
    /// Makes the file of a Redis before 7.0, if there is one, the base of a set: the manifest first, then the file is moved. A start that died in between
    /// finds the manifest, and moves the file then.
    /// </summary>
    public AofManifest TakeOldFile(AofManifest manifest)
    {
        var files = node.Parts.Files;
        var oldPath = node.Config.Paths.Of(ConfigText.ToPath(Name));
        if (!files.Exists(oldPath)) return manifest;
        var wasBegun = manifest.Incrementals.Count == 0 && manifest.Base?.Name == Name && !files.Exists(PathOf(Name));
        if (!manifest.HasNoData && !wasBegun) return manifest;
        try
        {
            files.CreateDirectory(Path);
        }
        catch (IOException failure)
        {
            throw Refused($"Can't open or create append-only dir {node.Config.AppendDirName}: {failure.Message}");
        }

        var upgraded = AofManifest.OfSingleFile(Name);
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
            files.Rename(oldPath, PathOf(Name));
        }
        catch (IOException failure)
        {
            throw Refused($"Error trying to move the old AOF file {Name} into dir {node.Config.AppendDirName}: {failure.Message}");
        }

        node.Parts.Host.Log(
            ConfigLogLevel.Notice, $"Successfully migrated an old-style AOF file ({Name}) into the AOF directory ({node.Config.AppendDirName}).");
        return upgraded;
    }

    /// <summary>Tells the log, and makes the exception that ends the load.</summary>
    public LoadRefusedException Refused(string why)
    {
        Log(why);
        return new LoadRefusedException(why);
    }

    private void Log(string text) => node.Parts.Host.Log(ConfigLogLevel.Warning, text);
}
