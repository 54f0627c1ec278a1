using System.Globalization;

namespace Redouble.Server.Configuration;

/// <summary>
/// <c>--check-system</c>: settings of a Linux system that slow a server down, under the names that redis-server gives them. Nothing here forks, so
/// overcommitted memory and transparent huge pages, which it checks too, are no concern.
/// </summary>
public static class SystemCheck
{
    private const string ClockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    private const string MaxBacklog = "/proc/sys/net/core/somaxconn";

    /// <summary>Prints one line per check, with a remedy where it fails.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="readFile">The text of a file of the kernel, or null when there is none.</param>
    /// <param name="backlog"><c>tcp-backlog</c>.</param>
    /// <returns>Whether nothing was found.</returns>
    public static bool Run(TextWriter output, Func<string, string?> readFile, long backlog)
    {
        string clock = (readFile(ClockSource) ?? "").Trim();
        bool clockIsFast = clock is "" or "tsc" or "kvm-clock" or "arch_sys_counter" or "hyperv_clocksource_tsc_page";
        bool known = long.TryParse(readFile(MaxBacklog), NumberStyles.Integer, CultureInfo.InvariantCulture, out long maxBacklog);
        bool backlogFits = !known || maxBacklog >= backlog;
        bool clockIsXen = clock == "xen";
        Print(output, "slow-clocksource", clockIsFast || clockIsXen, $"'{clock}' needs a system call for each reading of the clock; write 'tsc' to {ClockSource}.");
        Print(output, "xen-clocksource", !clockIsXen, $"'xen' is slow on many machines; try 'tsc', written to {ClockSource}.");
        Print(output, "somaxconn", backlogFits, $"tcp-backlog {backlog} is cut to {maxBacklog}; write at least {backlog} to {MaxBacklog}.");
        return clockIsFast && backlogFits;
    }

    private static void Print(TextWriter output, string name, bool good, string remedy) =>
        output.Write(good ? $"[{name}]...OK\n" : $"[{name}]...WARNING:\n{remedy}\n");
}
