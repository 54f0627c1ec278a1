namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO server.</summary>
internal static class ServerSection
{
    public static void Write(InfoReport report)
    {
        var node = report.Node;
        var facts = report.Facts;
        var now = node.Parts.Clock.UnixMicroseconds;
        var uptime = Math.Max(0, (now / 1000 - node.StartedMs) / 1000);
        report.Section("Server");
        report.Field("redis_version", RedisCompatibility.Version);
        report.Field("redouble_version", facts.RedoubleVersion);
        report.Field("redis_git_sha1", "00000000");
        report.Field("redis_git_dirty", 0);
        report.Field("redis_build_id", "0");
        report.Field("redis_mode", "standalone");
        report.Field("os", facts.OperatingSystem);
        report.Field("arch_bits", 64);
        report.Field("monotonic_clock", "POSIX clock_gettime");
        report.Field("multiplexing_api", facts.Multiplexing);
        report.Field("atomicvar_api", "c11-builtin");
        report.Field("gcc_version", "0.0.0"); // what Redis prints when another compiler built it
        report.Field("process_id", facts.ProcessId);
        report.Field("process_supervised", facts.SupervisedBy);
        report.Field("run_id", node.RunId);
        report.Field("tcp_port", facts.Port);
        report.Field("server_time_usec", now);
        report.Field("uptime_in_seconds", uptime);
        report.Field("uptime_in_days", uptime / (24 * 3600));
        report.Field("hz", node.Config.Hz);
        report.Field("configured_hz", node.Config.Hz);
        report.Field("lru_clock", now / 1_000_000 & 0xFFFFFF);
        report.Field("executable", facts.Executable);
        report.Field("config_file", facts.ConfigFile);
        report.Field("io_threads_active", 0);
        if (node.Shutdown.IsInitiated) report.Field("shutdown_in_milliseconds", node.Shutdown.RemainingMs);
        for (var i = 0; i < facts.Listeners.Count; i++) report.Field($"listener{i}", facts.Listeners[i]);
    }
}
