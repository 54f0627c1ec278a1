using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;

namespace Redouble.Engine.Replication;

/// <summary>
/// The file that a full sync's payload goes to before it is loaded:
/// <code>
///   temp-redouble-&lt;pid&gt;-…-&lt;n&gt;.rdb ── whole and sound ──► fsync, and renamed to the node's RDB file (helper), while it is being loaded
///          └── given up: deleted                    the old file is intact until then
///   without a name           rdb-del-sync-files, and no persistence: nothing stays on the disk, nor what was there before
/// </code>
/// The RDB says where it stands in the primary's history. So a replica that dies before its first save comes back with a partial resync.
/// </summary>
internal sealed class ReceivedFile : IBackgroundJob, IDisposable
{
    private readonly Node _node;
    private readonly ISpoolFile _file;
    private readonly string? _temporaryPath;
    private readonly string _path;
    private string? _failure; // helper
    private bool _isBusy;
    private bool _isKept;
    private bool _isDisposed;

    /// <param name="node">Whose it is.</param>
    /// <param name="number">Of this sync: the file of the last one may still be on its way to its name.</param>
    /// <exception cref="IOException">It cannot be created.</exception>
    public ReceivedFile(Node node, long number)
    {
        var config = node.Config;
        var files = node.Parts.Files;
        _node = node;
        _path = node.Saves.Path;
        if (!config.RdbDelSyncFiles || config.SavePoints.Length > 0 || config.AppendOnly)
        {
            _temporaryPath = config.Paths.Of(TemporaryFile.NameOf(node, number, ".rdb"));
        }

        _file = _temporaryPath == null ? files.CreateUnlinked(config.Paths.Directory) : files.Create(_temporaryPath);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => _file.Length;

    /// <summary>Whether it is known not to have got its name.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Appends all bytes or throws.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => _file.Write(bytes);

    /// <summary>Reads back; 0 at the end.</summary>
    public int ReadAt(long offset, Span<byte> buffer) => _file.ReadAt(offset, buffer);

    /// <summary>It is whole and sound: it takes the place of the node's RDB file.</summary>
    public void Keep()
    {
        if (_temporaryPath == null)
        {
            _node.Parts.Host.Log(ConfigLogLevel.Notice, "Removing the RDB file obtained from the master. This replica has persistence disabled");
        }

        _isBusy = _isKept = true;
        _node.Parts.Background.Post(this);
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        try
        {
            if (_temporaryPath == null)
            {
                _node.Parts.Files.Delete(_path);
                return false;
            }

            _file.Sync();
            _node.Parts.Files.Rename(_temporaryPath, _path);
        }
        catch (IOException error)
        {
            _failure = error.Message;
        }

        return false;
    }

    /// <inheritdoc/>
    public void OnPaused()
    {
        _isBusy = false;
        if (_failure != null)
        {
            // The data set is as good without a file of it, but it is not saved.
            HasFailed = true; // for whoever has not loaded all of it yet
            _node.Dirty++;
            _node.Parts.Host.Log(
                ConfigLogLevel.Warning,
                $"Failed trying to rename the temp DB into {Path.GetFileName(_path)} in MASTER <-> REPLICA synchronization: {_failure}");
            _isKept = false;
        }

        if (_isDisposed) Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_isBusy) Close();
    }

    private void Close()
    {
        _file.Dispose();
        if (_isKept || _temporaryPath == null) return;
        try
        {
            _node.Parts.Files.Delete(_temporaryPath);
        }
        catch (IOException)
        {
            // It has failed already and said why; what is left is a temporary file.
        }
    }
}
