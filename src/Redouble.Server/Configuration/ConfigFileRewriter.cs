using Redouble.Core.Platform;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Configuration;

/// <summary>
/// CONFIG REWRITE on disk: the new text goes to a temporary file beside the old one, is made durable and takes its name. Whatever fails,
/// the old file is as it was.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="configFile">The absolute path of the configuration file, or null when the server runs without one.</param>
public sealed class ConfigFileRewriter(IFileSystem files, string? configFile)
{
    /// <summary>Rewrites the file. Returns null when done, else the error reply without its '-'.</summary>
    public string? Rewrite(ServerConfig config, bool writeAll)
    {
        if (configFile is null) return "ERR The server is running without a config file";
        string temporary = $"{configFile}.{Environment.ProcessId}.tmp";
        try
        {
            string text = config.Rewrite(ReadOld(configFile), writeAll);
            Replace(temporary, configFile, ConfigText.ToBytes(text));
            return null;
        }
        catch (IOException failure)
        {
            TryDelete(temporary);
            return $"ERR Rewriting config file: {DiskConfigSource.SystemText(failure)}";
        }
    }

    private string ReadOld(string path)
    {
        using IReadableFile? file = files.OpenRead(path);
        return file is null ? "" : ConfigText.FromBytes(file.ReadToEnd());
    }

    private void Replace(string temporary, string path, byte[] bytes)
    {
        using (IWritableFile file = files.Create(temporary))
        {
            file.Write(bytes);
            file.Sync();
        }

        files.Rename(temporary, path);
    }

    private void TryDelete(string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (IOException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
