namespace Redouble.Interop.Tests.Supervision;

/// <summary>A process as the kernel describes it.</summary>
internal static class ProcessState
{
    /// <summary>The fields of /proc/PID/stat from the third on, the state; the fourth of them is the session.</summary>
    public static string[] Of(int pid)
    {
        string line = File.ReadAllText($"/proc/{pid}/stat");
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }
}
