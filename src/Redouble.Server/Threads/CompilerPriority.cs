using System.Globalization;
using Redouble.Server.Polling;

namespace Redouble.Server.Threads;

/// <summary>
/// How the kernel schedules the thread on which the runtime compiles again what has been called often. On one core its slices are the data thread's stalls: in
/// the first full sync after a start, where some fifty methods are called often for the first time, a writer waited for 2 ms up to four times (99.9th
/// percentile of five: 1.8 ms, and 1.0 with the thread behind the others). It is not idle-scheduled: it may hold a lock of the compiler that the data thread
/// waits for. Nor is it behind the others from the start on, when what clients do is still to be compiled.
/// </summary>
internal static class CompilerPriority
{
    private const int Behind = 10;
    private const int NiceMax = 19;
    private const string KernelName = ".NET Tiered Com"; // of ".NET Tiered Compilation Worker" the kernel keeps 15 bytes

    /// <summary>Its nice value, and that of whoever gives it work ahead of time: behind that of the process.</summary>
    public static int Nice => Math.Min(NativeThread.GetNice(Environment.ProcessId) + Behind, NiceMax);

    /// <summary>Puts it behind the others; returns how many such threads there were.</summary>
    public static int Lower()
    {
        const string threads = "/proc/self/task";
        if (!Directory.Exists(threads)) return 0;
        var (nice, found) = (Nice, 0);
        foreach (var folder in Directory.EnumerateDirectories(threads))
        {
            if (NameOf(folder) != KernelName) continue;
            if (NativeThread.SetNice(nice, int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).IsDone) found++;
        }

        return found;
    }

    private static string NameOf(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }
}
