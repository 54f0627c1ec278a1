using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence;

/// <summary>
/// An RDB file: written under a temporary name, fsynced, renamed over the old one. The old file is intact until then. Everything is done by the
/// helper, creating the file included.
/// </summary>
internal sealed class FileSnapshotSink : SnapshotSink
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly string _temporaryName;
    private readonly string _name;
    private readonly LateFile _file;
    private readonly FileRdbOutput _output;
    private string _operation = "rdbSaveRio"; // as Redis names them in its log
    private bool _isMoving;

    public FileSnapshotSink(IFileSystem files, string directory, string temporaryName, string name, bool isIncremental)
    {
        _files = files;
        _directory = directory;
        _temporaryName = temporaryName;
        _name = name;
        _file = new LateFile(() => files.Create(TemporaryPath), isIncremental);
        _output = new FileRdbOutput(_file);
    }

    public override RdbOutput Output => _output;

    private string TemporaryPath => Path.Combine(_directory, _temporaryName);

    public override void Complete()
    {
        _output.Flush();
        _operation = "fsync";
        _file.Sync();
        _operation = "fclose";
        _file.Dispose();
        _isMoving = true;
        _files.Rename(TemporaryPath, Path.Combine(_directory, _name));
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
            // The save has failed already and said why; what is left is a temporary file.
        }
    }

    public override string Describe(IOException failure)
    {
        if (!_file.IsOpen) return $"Failed opening the temp RDB file {_temporaryName} (in server root dir {_directory}) for saving: {failure.Message}";
        return _isMoving
            ? $"Error moving temp DB file {_temporaryName} on the final destination {_name} (in server root dir {_directory}): {failure.Message}"
            : $"Write error while saving DB to the disk({_operation}): {failure.Message}";
    }
}
