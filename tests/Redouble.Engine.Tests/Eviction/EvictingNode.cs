using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Engine.Eviction;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Eviction;

/// <summary>A node with a memory limit that a test sets above what it has.</summary>
internal sealed class EvictingNode : IDisposable
{
    public const string Oom = "-OOM command not allowed when used memory > 'maxmemory'.|";

    public EvictingNode(string policy, params string[] directives) =>
        Engine = new EngineNode([$"maxmemory-policy {policy}", "enable-debug-command yes", .. directives]);

    public EngineNode Engine { get; }

    public Node Node => Engine.Node;

    public long Evicted => Node.Eviction.EvictedKeys;

    public long Counted => CountedMemory.Of(Node);

    public long Limit => (long)Node.Config.MaxMemory;

    public string Do(string command) => Engine.Do(command);

    /// <summary>What a request itself takes while it is looked at.</summary>
    private static long RequestBytes => NativeHeap.RoundedSize(BlockPool.StandardSize);

    /// <summary>Sets the limit so many bytes above what will be counted when the next command is looked at.</summary>
    public void LimitAbove(long bytes) => LimitIdleAbove(bytes + RequestBytes);

    /// <summary>Sets the limit so many bytes above what is counted now, between commands.</summary>
    public void LimitIdleAbove(long bytes) => Assert.Equal("+OK|", Do($"CONFIG SET maxmemory {(Counted + bytes).ToString(CultureInfo.InvariantCulture)}"));

    /// <summary>Sets keys until one is evicted, and further ones.</summary>
    public void Fill(string prefix, int from, int to, int bytes = 100, string suffix = "")
    {
        var value = new string('v', bytes);
        for (var i = from; i < to; i++) Assert.Equal("+OK|", Do($"SET {prefix}{i} {value}{suffix}"));
    }

    /// <summary>How many of the keys are there.</summary>
    public int Present(string prefix, int from, int to)
    {
        var count = 0;
        for (var i = from; i < to; i++) count += Node.Exists(0, System.Text.Encoding.ASCII.GetBytes(prefix + i)) ? 1 : 0;
        return count;
    }

    public string Info(string field)
    {
        var line = Do("INFO everything").Split('|').Single(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return line[(field.Length + 1)..];
    }

    public void Dispose() => Engine.Dispose();
}
