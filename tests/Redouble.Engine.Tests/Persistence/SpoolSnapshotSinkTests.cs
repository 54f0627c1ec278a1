using Redouble.Core.Memory;
using Redouble.Engine.Persistence;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Persistence;

public sealed class SpoolSnapshotSinkTests
{
    /// <summary>The file of a snapshot that nobody waits for any more is not read, which would take a turn as long as the file.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void A_snapshot_is_read_back_for_its_readers_only(bool isAbandoned, int reads)
    {
        using var pool = new BlockPool();
        var files = new MemoryFiles();
        var stream = new SnapshotStream(pool, new SnapshotFormat(RdbDialect.Rdb10, SnapshotContent.All, HasLength: true));
        var reader = stream.OpenCursor();
        var sink = new SpoolSnapshotSink(stream, files, "/data");
        sink.Output.GetSpan(10)[..10].Clear();
        sink.Output.Advance(10);
        sink.Complete();
        Assert.Equal(1, files.OpenSpools);
        if (isAbandoned) reader.Close();
        sink.AfterEncode(finished: true);
        Assert.Equal((reads, 0), (files.OpenSpools, files.SpoolReads));
        Assert.Equal(reads, reader.Peek(new OutputSegment[4]));
        Assert.Equal(reads, files.SpoolReads);
        reader.Close();
        Assert.Equal(0, files.OpenSpools);
    }
}
