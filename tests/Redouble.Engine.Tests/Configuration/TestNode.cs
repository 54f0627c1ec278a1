using Redouble.Engine.Configuration;

namespace Redouble.Engine.Tests.Configuration;

/// <summary>A configuration with a host that records what it is told and can be made to refuse.</summary>
internal sealed class TestNode : IConfigHost, IDirectoryResolver
{
    public TestNode() => Config = new ServerConfig("/data", this) { Host = this };

    public ServerConfig Config { get; }

    public List<string> Applied { get; } = [];

    public ConfigAction Refuses { get; set; }

    public string? CurrentPrimary { get; set; }

    public IReadOnlyList<string> UserLines { get; set; } = [];

    public bool TryApply(ConfigAction action, ServerConfig config, out string error)
    {
        error = action == Refuses ? "the host refuses" : "";
        Applied.Add($"{action} port={config.Port} maxclients={config.MaxClients}");
        return error.Length == 0;
    }

    public List<string> Warnings { get; } = [];

    public void Warn(string message) => Warnings.Add(message);

    public string? RewriteFile(bool writeAll) => null;

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        resolved = path.StartsWith('/') ? path : $"{current}/{path}";
        error = path.Contains("missing") ? "No such file or directory" : "";
        return error.Length == 0;
    }

    public string? Set(params string[] pairs) => Config.Set(pairs, default);

    /// <summary>The part of a CONFIG SET error behind the name, or "OK".</summary>
    public string Reason(string name, string value)
    {
        string? error = Config.Set([name, value], default);
        string prefix = $"ERR CONFIG SET failed (possibly related to argument '{name}') - ";
        return error is null ? "OK" : error.StartsWith(prefix, StringComparison.Ordinal) ? error[prefix.Length..] : error;
    }

    public string Get(string name)
    {
        KeyValuePair<string, string> found = Assert.Single(Config.Get([name]));
        return found.Value;
    }

    /// <summary>Loads lines as a file's; returns the first error or "".</summary>
    public string Load(params string[] lines)
    {
        foreach (string line in lines)
        {
            if (!ConfigLine.TrySplit(line, out string[] words)) return "unbalanced";
            if (!Config.TryLoadLine(words, out string error)) return error;
        }

        return "";
    }
}
