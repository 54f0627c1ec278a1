using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class FileRdbOutputTests
{
    [Fact]
    public void A_file_gets_the_same_bytes_as_an_array_in_pieces_of_at_most_64_KB()
    {
        var random = new Random(8);
        var records = RdbReaderTests.RandomRecords(random, 300, large: true);
        var file = new MemoryFile();
        var fileOutput = new FileRdbOutput(file);
        var arrayOutput = new ScratchRdbOutput();
        foreach (var output in new RdbOutput[] { fileOutput, arrayOutput })
        {
            var writer = new RdbWriter(output, new RdbWriterOptions());
            writer.WriteHeader();
            foreach (var record in records)
                writer.WriteRecord(new RdbKey(RecordingTarget.Bytes(record.Key)), RdbType.String, RecordingTarget.Bytes(record.Value));
            writer.WriteEnd();
        }

        fileOutput.Flush();
        Assert.Equal(arrayOutput.Written.ToArray(), file.Bytes.ToArray());
        Assert.InRange(file.LongestWrite, 1, 65_536);
    }

    private sealed class MemoryFile : IWritableFile
    {
        public List<byte> Bytes { get; } = [];

        public int LongestWrite { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            LongestWrite = Math.Max(LongestWrite, bytes.Length);
            Bytes.AddRange(bytes);
        }

        public void Sync()
        {
        }

        public void Dispose()
        {
        }
    }
}
