using System.Globalization;
using System.Text;
using Redouble.Engine.Statistics;

namespace Redouble.Engine.Monitoring;

/// <summary>MEMORY DOCTOR: what stands out in where the memory goes, and what helps against it.</summary>
internal static class MemoryReport
{
    private const long SmallestBytes = 5 << 20;  // below it everything is overhead
    private const long NotableBytes = 10 << 20;
    private const long ClientBytesMax = 200_000; // each, on average

    /// <summary>The report.</summary>
    public static string Write(in MemoryOverview memory)
    {
        if (memory.Used < SmallestBytes) return "This instance uses very little memory: nothing can be said about where it goes.\n";
        var text = new StringBuilder();
        if (memory.Peak > memory.Used + (memory.Used / 2))
        {
            Say(text, $"Peak memory: at its peak it used {Ratio(memory.Peak, memory.Used)} times as much as now. "
                + "What was freed goes back to the system over time.");
        }

        if (memory.Active - memory.Used > NotableBytes && memory.Active > memory.Used + (memory.Used / 2))
        {
            Say(text, $"Fragmentation: with the holes between, data takes {Ratio(memory.Active, memory.Used)} times what is in use. "
                + "CONFIG SET activedefrag yes closes them.");
        }

        if (memory.Held - memory.Active > NotableBytes && memory.Held > memory.Active + (memory.Active / 2))
        {
            Say(text, $"Free memory: the allocator holds {Ratio(memory.Held, memory.Active)} times what it needs, and gives it back over time. "
                + "MEMORY PURGE does so at once.");
        }

        if (memory.Resident - memory.Held > NotableBytes * 10 && memory.Resident > 2 * memory.Held)
        {
            Say(text, "Resident memory: much of what the system counts for this process is not memory of data. "
                + "INFO memory has the collected heap's part.");
        }

        if (memory.Clients.Clients > 0 && memory.Clients.ClientBytes / memory.Clients.Clients > ClientBytesMax)
        {
            Say(text, $"Client buffers: a client takes {memory.Clients.ClientBytes / memory.Clients.Clients} bytes on average. CLIENT LIST shows whose "
                + "tot-mem is large; such a client sends very long requests, or does not read its replies.");
        }

        if (memory.Replication.ReplicaBufferBytes > NotableBytes)
        {
            Say(text, $"Replication: {memory.Replication.ReplicaBufferBytes} bytes beyond repl-backlog-size are held because a replica has not read them "
                + "yet. INFO replication shows its lag.");
        }

        return text.Length == 0 ? "Nothing stands out in where the memory of this instance goes.\n" : text.ToString();
    }

    private static void Say(StringBuilder text, string finding) => text.Append("* ").Append(finding).Append('\n');

    private static string Ratio(long part, long whole) => ((double)part / whole).ToString("F2", CultureInfo.InvariantCulture);
}
