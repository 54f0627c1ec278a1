using Redouble.Engine.Configuration;

namespace Redouble.Engine.Tests.Configuration;

public sealed class ConfigPathsTests : IDirectoryResolver
{
    private readonly ServerConfig _config;

    public ConfigPathsTests() => _config = new ServerConfig("/", this) { Dir = ConfigText.FromPath("/data/dü") };

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        (resolved, error) = (path, "");
        return true;
    }

    [Fact]
    public void Names_are_decoded_and_begin_at_dir()
    {
        _config.DbFileName = ConfigText.FromPath("dümp.rdb");
        _config.AppendDirName = ConfigText.FromPath("dé");
        _config.LogFile = ConfigText.FromPath("lög");
        _config.PidFile = "../pid";
        _config.UnixSocket = ConfigText.FromPath("/run/sö");
        var paths = _config.Paths;
        Assert.Equal(("/data/dü", "/data/dü/dümp.rdb", "dümp.rdb"), (paths.Directory, paths.DbFile, paths.DbFileName));
        Assert.Equal(("/data/dü/dé", "/data/dü/temp-1.rdb"), (paths.AppendDirectory, paths.Of("temp-1.rdb")));
        Assert.Equal(("/data/dü/lög", "/data/dü/../pid", "/run/sö"), (paths.LogFile, paths.PidFile, paths.UnixSocket));
    }

    [Fact]
    public void A_name_that_is_not_given_stays_empty()
    {
        (_config.LogFile, _config.PidFile, _config.UnixSocket) = ("", "", "");
        Assert.Equal(("", "", ""), (_config.Paths.LogFile, _config.Paths.PidFile, _config.Paths.UnixSocket));
    }
}
