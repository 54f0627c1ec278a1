using Redouble.Engine.Configuration;
using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>Our configuration as it would be on the real server's machine, without a server behind it.</summary>
internal sealed class OracleNode : IConfigHost
{
    /// <summary>Loads a configuration text from a directory.</summary>
    public OracleNode(string directory, string configText)
    {
        Config = new ServerConfig(ConfigText.FromPath(directory), new DiskConfigSource(new MemoryFiles())) { Host = this };
        foreach (string line in configText.Split('\n'))
        {
            Assert.True(ConfigLine.TrySplit(line, out string[] words));
            if (words.Length > 0 && !words[0].StartsWith('#') && words[0] != "include") Assert.True(Config.TryLoadLine(words, out string error), error);
        }
    }

    public ServerConfig Config { get; }

    public string? CurrentPrimary { get; set; }

    public IReadOnlyList<string> UserLines { get; set; } = [];

    public bool TryApply(ConfigAction action, ServerConfig config, out string error)
    {
        error = "";
        return true;
    }

    public string? RewriteFile(bool writeAll) => throw new NotSupportedException();

    /// <summary>CONFIG SET with the reply as it is on the wire.</summary>
    public string Set(params string[] pairs) => Config.Set(pairs, new ConfigSetContext(CallerIsLocal: true, Loading: false)) is { } error ? $"-{error}" : "+OK";

    public string Get(string name) => Config.Get([name]) is [var found] ? found.Value : "(none)";
}
