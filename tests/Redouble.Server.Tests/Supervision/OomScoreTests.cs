using Redouble.Engine.Configuration;
using Redouble.Server.Configuration;
using Redouble.Server.Files;
using Redouble.Server.Logging;
using Redouble.Server.Supervision;

namespace Redouble.Server.Tests.Supervision;

public sealed class OomScoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly ServerLog _log = new() { Level = ConfigLogLevel.Nothing };

    private string Kernel => Path.Combine(_directory, "oom_score_adj");

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_it_was_at_the_start_is_what_relative_counts_from_and_no_goes_back_to()
    {
        File.WriteAllText(Kernel, "-50\n");
        var score = new OomScore(_log, Kernel);
        Assert.True(score.TryApply(With(OomScoreAdjMode.No), isReplica: false));
        Assert.Equal("-50\n", File.ReadAllText(Kernel)); // not touched
        Assert.True(score.TryApply(With(OomScoreAdjMode.Relative), isReplica: false));
        Assert.Equal("-40", File.ReadAllText(Kernel));
        Assert.True(score.TryApply(With(OomScoreAdjMode.Relative), isReplica: true));
        Assert.Equal("1000", File.ReadAllText(Kernel)); // the kernel's limit
        Assert.True(score.TryApply(With(OomScoreAdjMode.Absolute), isReplica: false));
        Assert.Equal("10", File.ReadAllText(Kernel));
        Assert.True(score.TryApply(With(OomScoreAdjMode.No), isReplica: false));
        Assert.Equal("-50", File.ReadAllText(Kernel));
    }

    [Fact]
    public void A_kernel_without_it_refuses() =>
        Assert.False(new OomScore(_log, Kernel).TryApply(With(OomScoreAdjMode.Relative), isReplica: false));

    private static ServerConfig With(OomScoreAdjMode mode) =>
        new("/", new DiskConfigSource(new DiskFiles())) { OomScoreAdj = mode, OomScoreAdjValues = [10, 1900, 2000] };
}
