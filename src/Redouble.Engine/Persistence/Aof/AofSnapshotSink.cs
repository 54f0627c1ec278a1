using Redouble.Core.Platform;
using Redouble.Persistence.Aof;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// A base: an RDB, or, with <c>aof-use-rdb-preamble no</c>, the commands that build the same data set. Those are made from the RDB by reading it on the
/// spot: so there is one walk over values of all types and one encoder, and nothing that an RDB can hold is missing.
/// </summary>
internal sealed class AofSnapshotSink : SnapshotSink
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly string _temporaryName;
    private readonly LateFile _file;
    private readonly FileRdbOutput _bytes;
    private readonly AofCommandOutput? _commands;

    /// <param name="files">The disk.</param>
    /// <param name="directory">Where.</param>
    /// <param name="temporaryName">Its name until it takes its place.</param>
    /// <param name="asCommands">Whether it is to be commands.</param>
    /// <param name="isIncremental">aof-rewrite-incremental-fsync.</param>
    public AofSnapshotSink(IFileSystem files, string directory, string temporaryName, bool asCommands, bool isIncremental)
    {
        _files = files;
        _directory = directory;
        _temporaryName = temporaryName;
        _file = new LateFile(
            () =>
            {
                files.CreateDirectory(directory); // the helper may be here before the file thread
                return files.Create(TemporaryPath);
            },
            isIncremental);
        _bytes = new FileRdbOutput(_file);
        if (asCommands) _commands = new AofCommandOutput(_bytes);
    }

    /// <summary>Its name in the end; null leaves it under the temporary one.</summary>
    public string? FinalName { get; init; }

    public override RdbOutput Output => _commands ?? (RdbOutput)_bytes;

    public override bool IsReadBack => _commands != null;

    private string TemporaryPath => Path.Combine(_directory, _temporaryName);

    public override void Complete()
    {
        _commands?.Finish();
        _bytes.Flush();
        _file.Sync();
        _file.Dispose();
        if (FinalName != null) _files.Rename(TemporaryPath, Path.Combine(_directory, FinalName));
    }

    public override void Abandon()
    {
        if (!_file.IsOpen) return;
        try
        {
            _file.Dispose();
            _files.Delete(TemporaryPath);
        }
        catch (IOException)
        {
            // The rewrite has failed already and said why; what is left is a temporary file.
        }
    }

    public override string Describe(IOException failure) => _file.IsOpen
        ? $"Write error writing append only file on disk: {failure.Message}"
        : $"Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): {failure.Message}";
}
