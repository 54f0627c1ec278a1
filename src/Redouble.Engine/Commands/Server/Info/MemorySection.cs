using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;

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
        WriteUsed(report);
        WriteScripts(report);
        WriteLimits(report);
        WriteShares(report);
    }

    private static void WriteUsed(InfoReport report)
    {
        var node = report.Node;
        var used = node.UsedMemory;
        node.Stats.PeakMemoryBytes = Math.Max(node.Stats.PeakMemoryBytes, used);
        var peak = node.Stats.PeakMemoryBytes;
        var data = node.Keyspace.DataBytes;
        var startup = node.StartupMemoryBytes;
        var sinceStart = Math.Max(1, used - startup);
        report.Bytes("used_memory", used);
        report.Bytes("used_memory_rss", report.Facts.ResidentBytes);
        report.Bytes("used_memory_peak", peak);
        report.Field("used_memory_peak_perc", Percent(used, peak));
        report.Field("used_memory_overhead", used - data);
        report.Field("used_memory_startup", startup);
        report.Field("used_memory_dataset", data);
        report.Field("used_memory_dataset_perc", Percent(data, sinceStart));
        report.Field("allocator_allocated", used);
        report.Field("allocator_active", node.Heap.HeldBytes);
        report.Field("allocator_resident", node.Heap.HeldBytes);
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
        report.Field("number_of_libraries", 0);
        report.Field("used_memory_vm_functions", 0);
        report.Field("used_memory_vm_total", 0);
        report.Human("used_memory_vm_total_human", 0);
        report.Field("used_memory_functions", 0);
        report.Field("used_memory_scripts", 0);
        report.Human("used_memory_scripts_human", 0);
    }

    private static void WriteLimits(InfoReport report)
    {
        var node = report.Node;
        var config = node.Config;
        var used = Math.Max(1, node.UsedMemory);
        var held = node.Heap.HeldBytes;
        var resident = report.Facts.ResidentBytes;
        report.Bytes("maxmemory", (long)config.MaxMemory);
        report.Field("maxmemory_policy", DirectiveTable.TryFind("maxmemory-policy", out var policy) ? policy.Get(config) : "");
        report.Field("allocator_frag_ratio", (double)held / used, 2);
        report.Field("allocator_frag_bytes", held - used);
        report.Field("allocator_rss_ratio", 1, 2);
        report.Field("allocator_rss_bytes", 0);
        report.Field("rss_overhead_ratio", (double)resident / Math.Max(1, held), 2);
        report.Field("rss_overhead_bytes", resident - held);
        report.Field("mem_fragmentation_ratio", (double)resident / used, 2);
        report.Field("mem_fragmentation_bytes", resident - used);
    }

    private static void WriteShares(InfoReport report)
    {
        var node = report.Node;
        var usage = ClientUsage.Of(node);
        var replication = ReplicationSection.Memory(node);
        report.Field("mem_not_counted_for_evict", replication.ReplicaBufferBytes);
        report.Field("mem_replication_backlog", replication.BacklogBytes);
        report.Field("mem_total_replication_buffers", replication.TotalBytes);
        report.Field("mem_clients_slaves", usage.ReplicaBytes);
        report.Field("mem_clients_normal", usage.ClientBytes);
        report.Field("mem_cluster_links", 0);
        report.Field("mem_aof_buffer", 0);
        report.Field("mem_allocator", "redouble");
        report.Field("active_defrag_running", 0);
        report.Field("lazyfree_pending_objects", node.Keyspace.PendingFrees);
        report.Field("lazyfreed_objects", 0);
        report.Field("redouble_managed_heap", report.Facts.ManagedHeapBytes);
        report.Field("redouble_gc_collections", report.Facts.Collections);
        report.Field("redouble_snapshot_queue", node.Snapshots.QueueBytes);
    }

    private static string Percent(long part, long whole) => InfoReport.Fixed(whole == 0 ? 0 : part * 100.0 / whole, 2) + "%";
}
