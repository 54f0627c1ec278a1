using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence;

/// <summary>An RDB file: written under a temporary name, fsynced, renamed over the old one. The old file is intact until then.</summary>
internal sealed class FileSnapshotSink : SnapshotSink
{
    private readonly IFileSystem _files;
    private readonly string _temporary;
    private readonly string _path;
    private readonly IWritableFile _file;
    private readonly FileRdbOutput _output;

    /// <exception cref="IOException">The temporary file cannot be created.</exception>
    public FileSnapshotSink(IFileSystem files, string temporary, string path)
    {
        _files = files;
        _temporary = temporary;
        _path = path;
        _file = files.Create(temporary);
        _output = new FileRdbOutput(_file);
    }

    public override RdbOutput Output => _output;

    public override void Complete()
    {
        _output.Flush();
        _file.Sync();
        _file.Dispose();
        _files.Rename(_temporary, _path);
    }

    public override void Abandon()
    {
        try
        {
            _file.Dispose();
            _files.Delete(_temporary);
        }
        catch (IOException)
        {
            // The save has failed already and said why; what is left is a temporary file.
        }
    }
}
