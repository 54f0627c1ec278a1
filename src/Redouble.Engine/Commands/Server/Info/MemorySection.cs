using Redouble.Engine.Configuration;
using Redouble.Engine.Eviction;
using Redouble.Engine.Statistics;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>
/// INFO memory. "used" is what the native heap has handed out: data, tables, buffers, log and snapshot; the collected heap shows in the
/// resident memory.
/// </summary>
internal static class MemorySection
{
    public static void Write(InfoReport report)
    {
        report.Section("Memory");
        var memory = MemoryOverview.Of(report.Node, report.Facts);
        WriteUsed(report, memory);
        WriteScripts(report);
        WriteLimits(report, memory);
        WriteShares(report, memory);
    }

    private static void WriteUsed(InfoReport report, in MemoryOverview memory)
    {
        report.Bytes("used_memory", memory.Used);
        report.Bytes("used_memory_rss", memory.Resident);
        report.Bytes("used_memory_peak", memory.Peak);
        report.Field("used_memory_peak_perc", Percent(memory.Used, memory.Peak));
        report.Field("used_memory_overhead", memory.Overhead);
        report.Field("used_memory_startup", memory.Startup);
        report.Field("used_memory_dataset", memory.Data);
        report.Field("used_memory_dataset_perc", Percent(memory.Data, memory.SinceStartup));
        report.Field("allocator_allocated", memory.Used);
        report.Field("allocator_active", memory.Active);
        report.Field("allocator_resident", memory.Held);
        report.Bytes("total_system_memory", report.Facts.TotalMemoryBytes);
    }

    private static void WriteScripts(InfoReport report)
    {
        report.Field("used_memory_lua", 0);
        report.Field("used_memory_vm_eval", 0);
        report.Human("used_memory_lua_human", 0);
        report.Field("used_memory_scripts_eval", 0);
        report.Field("number_of_cached_scripts", 0);
        report.Field("number_of_functions", 0);
        report.Field("number_of_libraries", report.Node.Functions.Count);
        report.Field("used_memory_vm_functions", 0);
        report.Field("used_memory_vm_total", 0);
        report.Human("used_memory_vm_total_human", 0);
        report.Field("used_memory_functions", 0);
        report.Field("used_memory_scripts", 0);
        report.Human("used_memory_scripts_human", 0);
    }

    private static void WriteLimits(InfoReport report, in MemoryOverview memory)
    {
        var config = report.Node.Config;
        report.Bytes("maxmemory", (long)config.MaxMemory);
        report.Field("maxmemory_policy", DirectiveTable.TryFind("maxmemory-policy", out var policy) ? policy.Get(config) : "");
        report.Field("allocator_frag_ratio", (double)memory.Active / memory.Used, 2);
        report.Field("allocator_frag_bytes", memory.Active - memory.Used);
        report.Field("allocator_rss_ratio", (double)memory.Held / memory.Active, 2);
        report.Field("allocator_rss_bytes", memory.Held - memory.Active);
        report.Field("rss_overhead_ratio", (double)memory.Resident / memory.Held, 2);
        report.Field("rss_overhead_bytes", memory.Resident - memory.Held);
        report.Field("mem_fragmentation_ratio", (double)memory.Resident / memory.Used, 2);
        report.Field("mem_fragmentation_bytes", memory.Resident - memory.Used);
    }

    private static void WriteShares(InfoReport report, in MemoryOverview memory)
    {
        var node = report.Node;
        report.Field("mem_not_counted_for_evict", CountedMemory.NotCounted(node));
        report.Field("mem_replication_backlog", memory.Replication.BacklogBytes);
        report.Field("mem_total_replication_buffers", memory.Replication.TotalBytes);
        report.Field("mem_clients_slaves", memory.Clients.ReplicaBytes);
        report.Field("mem_clients_normal", memory.Clients.ClientBytes);
        report.Field("mem_cluster_links", 0);
        report.Field("mem_aof_buffer", node.AppendOnly.BufferedBytes);
        report.Field("mem_allocator", "redouble");
        report.Field("active_defrag_running", node.Defragmentation.RunningPercent);
        report.Field("lazyfree_pending_objects", node.Keyspace.PendingFrees);
        report.Field("lazyfreed_objects", node.Keyspace.FreedLater);
        report.Field("mem_replicas_repl_buffer", node.Replication.Protocol.Primary.HeldBytes.Now); // Valkey's
        report.Field("redouble_managed_heap", report.Facts.ManagedHeapBytes);
        report.Field("redouble_gc_collections", report.Facts.Collections);
        report.Field("redouble_snapshot_queue", node.Snapshots.QueueBytes);
    }

    private static string Percent(long part, long whole) => InfoReport.Fixed(whole == 0 ? 0 : part * 100.0 / whole, 2) + "%";
}
