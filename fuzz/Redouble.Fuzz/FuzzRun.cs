using System.Diagnostics;
using System.Globalization;

namespace Redouble.Fuzz;

/// <summary>Makes inputs and tries them, until the time is over or one fails.</summary>
internal sealed class FuzzRun(FuzzOptions options)
{
    /// <summary>An input that takes longer hangs, or is an attack.</summary>
    private const int InputSecondsMax = 10;

    /// <summary>From so many inputs on a run must have reached everything.</summary>
    private const int ReachesAllFrom = 2000;

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private byte[] _input = [];
    private long _iteration;
    private long _startedMs;

    private bool IsOver => options.Iterations > 0
        ? _iteration >= options.From + options.Iterations
        : _time.Elapsed.TotalSeconds >= options.Seconds;

    /// <summary>Returns whether there was no finding.</summary>
    public bool Run()
    {
        StartWatchdog();
        if (options.Input != null)
        {
            _input = File.ReadAllBytes(options.Input);
            return TryOne();
        }

        Console.WriteLine($"{options.Target.Name}: seed {options.Seed} from {options.From}{(IsGuarded ? "" : ", NOT a guarded build")}");
        for (_iteration = options.From; !IsOver; _iteration++)
        {
            _input = options.Target.Make(new Random(HashCode(options.Seed, _iteration)));
            if (!TryOne()) return false;
        }

        var tried = _iteration - options.From;
        var seconds = _time.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        Console.WriteLine($"{options.Target.Name}: {tried} inputs in {seconds} s; {options.Target.Reached}");
        if (tried < ReachesAllFrom || options.Target.HasReachedAll) return true;
        Console.WriteLine("The inputs did not reach everything that they are meant to reach.");
        return false;
    }

#if GUARDED
    private static bool IsGuarded => true;
#else
    private static bool IsGuarded => false;
#endif

    private bool TryOne()
    {
        Volatile.Write(ref _startedMs, Environment.TickCount64);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            options.Target.Try(_input);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var max = options.Target.AllocationMax(_input.Length);
            FuzzFailureException.ThrowUnless(allocated <= max, $"{allocated} bytes were allocated for an input of {_input.Length}; at most {max} are allowed");
            return true;
        }
        catch (Exception failure)
        {
            Report(failure.ToString());
            return false;
        }
        finally
        {
            Volatile.Write(ref _startedMs, 0);
        }
    }

    private void Report(string what)
    {
        Console.WriteLine($"FAILED {options.Target.Name}: seed {options.Seed} iteration {_iteration}");
        Console.WriteLine(what);
        Directory.CreateDirectory(options.Directory);
        var path = Path.Combine(options.Directory, $"{options.Target.Name}-{options.Seed}-{_iteration}.bin");
        File.WriteAllBytes(path, _input);
        Console.WriteLine($"input: {path}");
    }

    /// <summary>The thread that tries inputs cannot end itself when it hangs.</summary>
    private void StartWatchdog()
    {
        var watchdog = new Thread(() =>
        {
            while (true)
            {
                Thread.Sleep(500);
                var started = Volatile.Read(ref _startedMs);
                if (started == 0 || Environment.TickCount64 - started < InputSecondsMax * 1000) continue;
                Report($"The input took more than {InputSecondsMax} s.");
                Environment.Exit(1);
            }
        })
        {
            IsBackground = true,
        };
        watchdog.Start();
    }

    // System.HashCode is seeded per process.
    private static int HashCode(long seed, long iteration)
    {
        var mixed = ((ulong)seed * 0x9E3779B97F4A7C15) ^ ((ulong)iteration * 0xBF58476D1CE4E5B9);
        mixed ^= mixed >> 31;
        mixed *= 0x94D049BB133111EB;
        return (int)(mixed >> 33);
    }
}
