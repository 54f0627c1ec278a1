using System.Diagnostics;
using System.Text;

namespace Redouble.Demo;

/// <summary>Writes to the primary at a steady rate from a thread of its own: SET for the most part, with INCR, APPEND and DEL between.</summary>
internal sealed class WriteLoad : IDisposable
{
    private const int BatchCommands = 100;
    private const int BatchesPerSecond = 200;
    private const int Keys = 100_000;
    private const int Counters = 1_000;
    private const int ValueBytes = 100;

    private readonly RespClient _client;
    private readonly Thread _thread;
    private readonly Random _random = new(20_240);
    private long _written;
    private volatile bool _stopping;
    private volatile Exception? _failure;

    /// <summary>Takes over the connection; nothing is written before <see cref="Start"/>.</summary>
    public WriteLoad(RespClient client)
    {
        _client = client;
        _thread = new Thread(Run) { Name = "demo writer", IsBackground = true };
    }

    /// <summary>Writes that the primary has acknowledged.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Why writing ended early, or null.</summary>
    public Exception? Failure => _failure;

    public void Start() => _thread.Start();

    /// <summary>Stops after the batch under way, then waits until <paramref name="replicas"/> replicas have everything; returns how many have.</summary>
    public long StopAndWait(int replicas, TimeSpan limit)
    {
        Stop();
        return _failure == null ? (long)_client.Call("WAIT", $"{replicas}", $"{(long)limit.TotalMilliseconds}")! : 0;
    }

    public void Dispose()
    {
        Stop();
        _client.Dispose();
    }

    private void Stop()
    {
        _stopping = true;
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            for (long batch = 1; !_stopping; batch++)
            {
                WriteBatch();
                TimeSpan early = TimeSpan.FromSeconds((double)batch / BatchesPerSecond) - clock.Elapsed;
                if (early > TimeSpan.Zero)
                {
                    Thread.Sleep(early);
                }
            }
        }
        catch (Exception error) when (error is IOException or RespErrorException)
        {
            _failure = error;
        }
    }

    private void WriteBatch()
    {
        StringBuilder request = new();
        int commands = 0;
        for (; commands < BatchCommands; commands++)
        {
            string key = $"key:{_random.Next(Keys)}";
            switch (_random.Next(10))
            {
                case 0:
                    RespClient.AppendCommand(request, "INCR", $"counter:{_random.Next(Counters)}");
                    break;
                case 1:
                    // Of a key that exists: deleting a missing one is no write and does not reach the replicas.
                    RespClient.AppendCommand(request, "INCR", key + ":short");
                    RespClient.AppendCommand(request, "DEL", key + ":short");
                    commands++;
                    break;
                case 2:
                    RespClient.AppendCommand(request, "APPEND", $"log:{_random.Next(Counters)}", "entry;");
                    break;
                default:
                    RespClient.AppendCommand(request, "SET", key, new string((char)('a' + _random.Next(26)), ValueBytes));
                    break;
            }
        }

        _client.Send(request);
        for (int i = 0; i < commands; i++)
        {
            _client.Read();
        }

        Interlocked.Add(ref _written, commands);
    }
}
