using System.Net.Sockets;
using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// A thread that keeps writing to a primary in small pipelines, <see cref="LoadCommands"/>: all types, expiries that run out, transactions, several databases.
/// It ends when it is disposed, when its count is reached, or when the server turns it away.
/// </summary>
internal sealed class WriteLoad : IDisposable
{
    private readonly Thread _thread;
    private readonly int _port;
    private readonly Dice _dice;
    private readonly int _pauseMs;
    private volatile bool _stop;

    /// <param name="pauseMs">Sleep between pipelines, where a test's backlog must not be outrun however busy the machine is.</param>
    public WriteLoad(ServerProcess primary, int seed, int pauseMs = 0)
    {
        _port = primary.Port;
        _pauseMs = pauseMs;
        _dice = new Dice(seed);
        _thread = new Thread(Write) { IsBackground = true, Name = "write load" };
        _thread.Start();
    }

    /// <summary>Commands answered so far.</summary>
    public long Written { get; private set; }

    /// <summary>The first error reply or the reason why the connection ended; null while all goes well.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Waits until this many more commands have been answered.</summary>
    public void WaitForMore(int commands)
    {
        long goal = Written + commands;
        Poll.Until($"{commands} more writes", () => Written >= goal || Trouble is not null, 20_000, () => $"Written: {Written}, trouble: {Trouble}");
        Assert.Null(Trouble);
    }

    public void Stop()
    {
        _stop = true;
        _thread.Join(15_000);
    }

    public void Dispose() => Stop();

    private void Write()
    {
        try
        {
            using var client = new RespClient(_port);
            while (!_stop)
            {
                string[][] batch = [.. Enumerable.Range(0, _dice.Between(1, 20)).SelectMany(_ => LoadCommands.Draw(_dice))];
                Reply[] replies = client.Pipeline(batch);
                Written += replies.Length;
                Trouble ??= replies.FirstOrDefault(r => r.IsError)?.Text;
                if (_pauseMs > 0)
                {
                    Thread.Sleep(_pauseMs);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException)
        {
            Trouble ??= e.Message;
        }
    }
}
