using Redouble.Engine.Configuration;
using Redouble.Server.Logging;
using Redouble.Server.Polling;
using Redouble.Server.Tests.Configuration;

namespace Redouble.Server.Tests;

public sealed class OpenFilesTests : IDisposable
{
    private readonly ServerLog _log = new() { Level = ConfigLogLevel.Nothing };

    public void Dispose() => _log.Dispose();

    /// <summary>
    /// The runtime has twice as many descriptors open as Redis reserves: with those taken by clients, SAVE failed and REPLICAOF ended the process.
    /// </summary>
    [Fact]
    public void What_the_runtime_has_open_is_not_for_clients()
    {
        var limit = ProcessCalls.RaiseOpenFiles(long.MaxValue);
        var config = new ServerConfig("/", new MemoryConfigSource()) { MaxClients = limit };
        var files = new OpenFiles(inUse: 70);
        Assert.True(files.TryFit(config, _log));
        Assert.Equal(limit - 70 - 64, config.MaxClients);
        Assert.True(files.TryRaise(config.MaxClients, out _));
        Assert.False(files.TryRaise(config.MaxClients + 1, out var error));
        Assert.EndsWith($" try with {limit - 70 - 64}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_is_not_enough_for_a_server_is_refused()
    {
        var config = new ServerConfig("/", new MemoryConfigSource());
        Assert.False(new OpenFiles(inUse: (int)ProcessCalls.RaiseOpenFiles(long.MaxValue) - 64).TryFit(config, _log));
    }

    [Fact]
    public void Open_descriptors_are_counted()
    {
        var before = ProcessCalls.CountOpenFiles();
        Assert.InRange(before, 3, int.MaxValue);
    }
}
