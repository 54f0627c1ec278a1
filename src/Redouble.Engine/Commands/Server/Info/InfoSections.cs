namespace Redouble.Engine.Commands.Server.Info;

/// <summary>In which lists a section takes part.</summary>
[Flags]
internal enum SectionLists
{
    /// <summary>Only by its name.</summary>
    None = 0,

    /// <summary>INFO without arguments, and <c>default</c>.</summary>
    Default = 1,

    /// <summary><c>all</c> and <c>everything</c>.</summary>
    All = 2,
}

/// <summary>One section of INFO.</summary>
/// <param name="Name">What clients ask for.</param>
/// <param name="Alias">Another name for it, or null.</param>
/// <param name="Lists">Where it takes part.</param>
/// <param name="Write">Writes its heading and its lines.</param>
internal sealed record InfoSection(string Name, string? Alias, SectionLists Lists, Action<InfoReport> Write);

/// <summary>INFO's sections in the order of its reply.</summary>
internal static class InfoSections
{
    private const SectionLists Always = SectionLists.Default | SectionLists.All;

    public static IReadOnlyList<InfoSection> Create() =>
    [
        new("server", null, Always, ServerSection.Write),
        new("clients", null, Always, ClientsSection.Write),
        new("memory", null, Always, MemorySection.Write),
        new("persistence", null, Always, PersistenceSection.Write),
        new("stats", null, Always, StatsSection.Write),
        new("replication", null, Always, ReplicationSection.Write),
        new("cpu", null, Always, CpuSection.Write),
        new("module_list", "modules", Always, static report => report.Section("Modules")),
        new("commandstats", null, SectionLists.All, CommandStatsSection.Write),
        new("errorstats", null, Always, ErrorStatsSection.Write),
        new("latencystats", null, SectionLists.All, LatencyStatsSection.Write),
        new("cluster", null, Always, ClusterSection.Write),
        new("keyspace", null, Always, KeyspaceSection.Write),
        new("debug", null, SectionLists.None, DebugSection.Write),
    ];
}
