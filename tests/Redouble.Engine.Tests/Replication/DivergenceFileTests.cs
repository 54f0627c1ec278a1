using Redouble.Core.Platform;
using Redouble.Engine.Replication;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>The file of a divergence report, slice by slice.</summary>
public sealed class DivergenceFileTests
{
    private readonly MemoryFiles _files = new();

    /// <summary>A report that is given up goes on one slice with the next one, which has the same name when both begin within a second at the log's head.</summary>
    [Fact]
    public void One_that_is_dropped_does_not_take_the_next_ones_file_with_it()
    {
        var dropped = Begin(1, "dropped");
        var kept = Begin(2, "kept");
        dropped.End(keep: false);
        dropped.RunSlice();
        Assert.True(dropped.IsClosed);
        kept.End(keep: true);
        kept.RunSlice();
        Assert.Null(kept.Error);
        Assert.True(kept.IsClosed);
        var file = Assert.Single(_files.Files);
        Assert.Equal(("/data/report.aof", "kept"), (file.Key, System.Text.Encoding.ASCII.GetString(file.Value)));
    }

    private DivergenceFile Begin(int number, string text)
    {
        var file = new DivergenceFile(_files, new NoExecutor(), "/data", "report.aof", $"temp-{number}.aof", () => { });
        var chunk = file.Rent();
        file.Write(chunk, System.Text.Encoding.ASCII.GetBytes(text, chunk));
        file.RunSlice();
        return file;
    }

    // The test runs the slices.
    private sealed class NoExecutor : IBackgroundExecutor
    {
        public bool IsIdle => true;

        public void Post(IBackgroundJob job)
        {
        }

        public void Drain()
        {
        }
    }
}
