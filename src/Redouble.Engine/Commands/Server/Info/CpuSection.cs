namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO cpu. There are no child processes.</summary>
internal static class CpuSection
{
    public static void Write(InfoReport report)
    {
        var facts = report.Facts;
        report.Section("CPU");
        report.Field("used_cpu_sys", facts.SystemSeconds, 6);
        report.Field("used_cpu_user", facts.UserSeconds, 6);
        report.Field("used_cpu_sys_children", 0, 6);
        report.Field("used_cpu_user_children", 0, 6);
        report.Field("used_cpu_sys_main_thread", facts.MainThreadSystemSeconds, 6);
        report.Field("used_cpu_user_main_thread", facts.MainThreadUserSeconds, 6);
    }
}
