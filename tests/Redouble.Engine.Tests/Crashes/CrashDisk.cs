using Redouble.Core.Platform;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Crashes;

/// <summary>
/// A disk that fails, or whose process is gone, at the operation of a given number. What it holds then can be seen as the system leaves it after SIGKILL,
/// and as a power loss may leave it: bytes that were not synced are lost from some place on, and names that were not made durable from some change on.
/// </summary>
internal sealed class CrashDisk(IReadOnlyDictionary<string, byte[]> before, params (int At, CrashFault Fault)[] faults) : IFileSystem
{
    public CrashDisk(IReadOnlyDictionary<string, byte[]> before, int faultAt, CrashFault fault)
        : this(before, (faultAt, fault))
    {
    }

    private const int FullFor = 6; // operations

    private readonly Dictionary<string, Content> _names = before.ToDictionary(static file => file.Key, static file => new Content(file.Value));
    private readonly Dictionary<string, List<Action<Dictionary<string, Content>>>> _changes = []; // of names, by directory, which are not durable yet
    private Dictionary<string, Content> _durable = [];
    private bool _hasBegun;
    private bool _isGone;

    /// <summary>Operations so far that change something.</summary>
    public int Operations { get; private set; }

    /// <summary>Names of the operations, in order.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>The files as they are seen after SIGKILL.</summary>
    public Dictionary<string, byte[]> AfterKill() => _names.ToDictionary(static file => file.Key, static file => file.Value.Bytes);

    /// <summary>The files as a power loss may leave them.</summary>
    public Dictionary<string, byte[]> AfterPowerLoss(Random random)
    {
        var names = new Dictionary<string, Content>(_hasBegun ? _durable : _names);
        foreach (var changes in _changes.Values)
        {
            foreach (var change in changes.Take(random.Next(changes.Count + 1))) change(names);
        }

        return names.ToDictionary(static file => file.Key, file => file.Value.Bytes[..Between(random, file.Value.Synced, file.Value.Length)]);
    }

    public ISpoolFile Create(string path) => (Handle)Do($"create {path}", () =>
    {
        var content = new Content([]);
        Change(path, names => names[path] = content);
        return new Handle(this, content, path);
    })!;

    public ISpoolFile CreateUnlinked(string directory) => new Handle(this, new Content([]), "");

    public IAppendFile OpenAppend(string path) => (Handle)Do($"open {path}", () =>
    {
        if (!_names.TryGetValue(path, out var content))
        {
            content = new Content([]);
            Change(path, names => names[path] = content);
        }

        return new Handle(this, content, path);
    })!;

    public void CreateDirectory(string path) => Do($"mkdir {path}", static () => null);

    public IReadableFile? OpenRead(string path) => _names.TryGetValue(path, out var content) ? new BytesReader(content.Bytes) : null;

    public void Rename(string from, string to) => Do(
        $"rename {from} {to}",
        () =>
        {
            Move(from, to);
            if (Fault == CrashFault.ErrorBehind) return null;
            foreach (var change in _changes[DirectoryOf(to)]) change(_durable);
            _changes[DirectoryOf(to)].Clear();
            return null;
        },
        half: () => Move(from, to));

    public void Delete(string path)
    {
        if (_names.ContainsKey(path)) Do($"delete {path}", () => Change(path, names => names.Remove(path)));
    }

    public bool Exists(string path) => _names.ContainsKey(path);

    private static string DirectoryOf(string path) => path[..path.LastIndexOf('/')];

    private static int Between(Random random, int from, int to) => random.Next(3) switch
    {
        0 => from,
        1 => to,
        _ => random.Next(from, to + 1),
    };

    private void Move(string from, string to)
    {
        var content = _names.GetValueOrDefault(from) ?? throw new FileNotFoundException($"Could not find file '{from}'.");
        Change(to, names =>
        {
            names.Remove(from);
            names[to] = content;
        });
    }

    private object? Change(string path, Action<Dictionary<string, Content>> change)
    {
        if (!_hasBegun) _durable = new Dictionary<string, Content>(_names);
        _hasBegun = true;
        if (!_changes.TryGetValue(DirectoryOf(path), out var changes)) _changes[DirectoryOf(path)] = changes = [];
        changes.Add(change);
        change(_names);
        return null;
    }

    private object? Do(string operation, Func<object?> effect, Action? half = null)
    {
        if (_isGone) throw new ProcessGoneException();
        Operations++;
        Trace.Add(operation);
        if (IsFull && TakesRoom(operation))
        {
            if (Fault == CrashFault.Full) half?.Invoke();
            throw new IOException("No space left on device");
        }

        if (Fault is not { } fault || fault == CrashFault.Full) return effect();
        _isGone = fault is CrashFault.StopBefore or CrashFault.StopWithin or CrashFault.StopBehind;
        if (fault == CrashFault.StopWithin) half?.Invoke();
        if (fault is CrashFault.StopBehind or CrashFault.ErrorBehind) effect();
        if (_isGone) throw new ProcessGoneException();
        throw new IOException("Input/output error");
    }

    private CrashFault? Fault => Array.Find(faults, fault => fault.At == Operations) is { At: > 0 } found ? found.Fault : null;

    private bool IsFull => Array.Exists(faults, fault => fault.Fault == CrashFault.Full && Operations >= fault.At && Operations < fault.At + FullFor);

    private static bool TakesRoom(string operation) =>
        operation.StartsWith("write", StringComparison.Ordinal) || operation.StartsWith("create", StringComparison.Ordinal);

    private sealed class Content(byte[] bytes)
    {
        public byte[] Bytes { get; private set; } = bytes;

        public int Length => Bytes.Length;

        public int Synced { get; set; } = bytes.Length;

        public void Write(long at, ReadOnlySpan<byte> bytes) => Bytes = [.. Bytes.AsSpan(0, (int)Math.Min(at, Length)), .. bytes];

        public void Cut(long length)
        {
            Bytes = Bytes[..(int)length];
            Synced = Math.Min(Synced, Length);
        }
    }

    private sealed class Handle(CrashDisk disk, Content content, string path) : ISpoolFile, IAppendFile
    {
        public long Length { get; private set; } = content.Length;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (path.Length == 0)
            {
                content.Write(Length, bytes);
                Length += bytes.Length;
                return;
            }

            var copy = bytes.ToArray();
            disk.Do(
                $"write {path} {copy.Length}",
                () =>
                {
                    content.Write(Length, copy);
                    return null;
                },
                half: () => content.Write(Length, copy.AsSpan(0, copy.Length / 2)));
            Length += copy.Length;
        }

        public void Sync() => disk.Do($"sync {path}", () =>
        {
            content.Synced = content.Length;
            return null;
        });

        public void Truncate(long length)
        {
            Length = length;
            disk.Do($"truncate {path} {length}", () =>
            {
                content.Cut(length);
                return null;
            });
        }

        public int ReadAt(long offset, Span<byte> buffer)
        {
            var part = Math.Min(buffer.Length, content.Length - (int)offset);
            content.Bytes.AsSpan((int)offset, part).CopyTo(buffer);
            return part;
        }

        public void Dispose()
        {
        }
    }
}
