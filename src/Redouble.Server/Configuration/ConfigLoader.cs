using Redouble.Engine.Configuration;

namespace Redouble.Server.Configuration;

/// <summary>A configuration read at start.</summary>
/// <param name="Config">The values.</param>
/// <param name="ConfigFile">The absolute path of the configuration file, or null.</param>
/// <param name="Failure">Why the server must not start, or null.</param>
/// <param name="Warnings">Sentences to log once, at level warning.</param>
public sealed record LoadedConfig(ServerConfig Config, string? ConfigFile, ConfigFailure? Failure, IReadOnlyList<string> Warnings);

/// <summary>
/// Puts a node's configuration together: the file, then standard input, then the options of the command line, as one text whose lines are
/// counted through.
/// </summary>
public static class ConfigLoader
{
    /// <summary>Loads everything a command line names.</summary>
    /// <param name="line">A command line that asks to run.</param>
    /// <param name="startDirectory">The absolute directory that relative names begin at.</param>
    /// <param name="source">Files and standard input.</param>
    /// <param name="directories">Checks <c>dir</c>.</param>
    public static LoadedConfig Load(CommandLine line, string startDirectory, IConfigSource source, IDirectoryResolver directories)
    {
        ServerConfig config = new(ConfigText.FromPath(startDirectory), directories);
        ConfigReader reader = new(config, source);
        string? path = null;
        string text = "";
        ConfigFailure? failure = line.ConfigFile is null ? null : reader.TryReadText(Path.GetFullPath(line.ConfigFile, startDirectory), out path, out text);
        path = path is null ? null : Path.GetFullPath(path);
        if (line.ReadsStandardInput && failure is null) text += ConfigText.FromBytes(source.ReadStandardInput());
        failure ??= reader.Load($"{text}\n{line.OptionLines}", path ?? "");
        failure ??= Check(config, reader, source);
        return new LoadedConfig(config, path, failure, failure is null ? Warnings(config) : []);
    }

    private static ConfigFailure? Check(ServerConfig config, ConfigReader reader, IConfigSource source)
    {
        if (config.ClusterEnabled && config.InitialPrimary is not null) return new ConfigFailure("replicaof directive not allowed in cluster mode");
        foreach (ReadinessFinding finding in config.FindUnbuilt())
        {
            if (finding.Readiness == Readiness.RefusedNotBuilt) return reader.FailureOf(finding.Name, finding.Message);
        }

        string log = config.Paths.LogFile;
        return log.Length == 0 || source.CanAppend(log, out string error) ? null : new ConfigFailure($"Can't open the log file: {error}");
    }

    private static List<string> Warnings(ServerConfig config)
    {
        List<string> warnings = [];
        foreach (ReadinessFinding finding in config.FindUnbuilt()) warnings.Add(finding.Message);
        return warnings;
    }
}
