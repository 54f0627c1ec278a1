using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>The process: logging, title, processor and memory settings of the operating system, signals.</summary>
internal static class GeneralDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        YesNo("daemonize", static c => ref c.Daemonize, false, Fixed),
        Choice("supervised", static c => ref c.Supervised, SupervisedMode.No,
            [("upstart", SupervisedMode.Upstart), ("systemd", SupervisedMode.Systemd), ("auto", SupervisedMode.Auto), ("no", SupervisedMode.No)], Fixed),
        new TextDirective("pidfile", static c => ref c.PidFile, "", Fixed) { EmptyIsUnset = true, Check = TextChecks.Path },
        Choice("loglevel", static c => ref c.LogLevel, ConfigLogLevel.Notice,
            [("debug", ConfigLogLevel.Debug), ("verbose", ConfigLogLevel.Verbose), ("notice", ConfigLogLevel.Notice),
                ("warning", ConfigLogLevel.Warning), ("nothing", ConfigLogLevel.Nothing)], Does(ConfigAction.LogLevel)),
        new TextDirective("logfile", static c => ref c.LogFile, "", Fixed) { Check = TextChecks.Path },
        YesNo("syslog-enabled", static c => ref c.SyslogEnabled, false, Fixed),
        Text("syslog-ident", static c => ref c.SyslogIdent, "redis", Fixed),
        Choice("syslog-facility", static c => ref c.SyslogFacility, SyslogFacility.Local0,
            [("user", SyslogFacility.User), ("local0", SyslogFacility.Local0), ("local1", SyslogFacility.Local1), ("local2", SyslogFacility.Local2),
                ("local3", SyslogFacility.Local3), ("local4", SyslogFacility.Local4), ("local5", SyslogFacility.Local5),
                ("local6", SyslogFacility.Local6), ("local7", SyslogFacility.Local7)], Fixed),
        YesNo("crash-log-enabled", static c => ref c.CrashLogEnabled, true, NotBuilt),
        YesNo("crash-memcheck-enabled", static c => ref c.CrashMemcheckEnabled, true, NotBuilt),
        YesNo("use-exit-on-panic", static c => ref c.UseExitOnPanic, false, Unlisted),
        Number("databases", static c => ref c.Databases, 16, 1, IntMax, Fixed),
        YesNo("always-show-logo", static c => ref c.AlwaysShowLogo, false, Fixed),
        YesNo("set-proc-title", static c => ref c.SetProcTitle, true, FixedNotBuilt),
        new TextDirective("proc-title-template", static c => ref c.ProcTitleTemplate, "{title} {listen-addr} {server-mode}", NotBuilt)
            { Check = TextChecks.ProcTitleTemplate },
        new TextDirective("locale-collate", static c => ref c.LocaleCollate, "") { Check = TextChecks.Locale },
        Text("ignore-warnings", static c => ref c.IgnoreWarnings, ""),
        YesNo("rehearsal", static c => ref c.Rehearsal, true, Fixed),
        YesNo("disable-thp", static c => ref c.DisableThp, true, FixedNotBuilt),
        Choice("oom-score-adj", static c => ref c.OomScoreAdj, OomScoreAdjMode.No,
            [("no", OomScoreAdjMode.No), ("yes", OomScoreAdjMode.Relative), ("relative", OomScoreAdjMode.Relative), ("absolute", OomScoreAdjMode.Absolute)],
            Does(ConfigAction.OomScoreAdj)),
        new OomScoreAdjValuesDirective(),
        Optional("server_cpulist", static c => ref c.ServerCpuList, FixedNotBuilt),
        Optional("bio_cpulist", static c => ref c.BioCpuList, FixedNotBuilt),
        Optional("aof_rewrite_cpulist", static c => ref c.AofRewriteCpuList, FixedNotBuilt),
        Optional("bgsave_cpulist", static c => ref c.BgsaveCpuList, FixedNotBuilt),
        new ShutdownOptionsDirective("shutdown-on-sigint", static c => ref c.ShutdownOnSigint),
        new ShutdownOptionsDirective("shutdown-on-sigterm", static c => ref c.ShutdownOnSigterm),
    ];
}
