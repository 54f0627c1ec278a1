using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Monitoring;
using Redouble.Engine.Statistics;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic;

/// <summary>MEMORY and its subcommands.</summary>
[CommandContainer("memory", Group = CommandGroup.Server, Since = "4.0.0", Summary = "A container for commands about memory.",
    Complexity = "Depends on subcommand.")]
internal static class MemoryCommands
{
    private const long SamplesDefault = 5;

    [Command("memory|usage", Arity = -3, Flags = CommandFlags.ReadOnly, Keys = "RO @2", Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns how much memory a key and its value take.", Complexity = "O(N) where N is the number of samples.",
        Syntax = "key [SAMPLES count:integer]")]
    public static void Usage(CommandContext c)
    {
        var samples = SamplesDefault;
        for (var i = 3; i < c.Count; i += 2)
        {
            if (!c.Is(i, "samples"u8) || i + 1 >= c.Count)
            {
                c.SyntaxError();
                return;
            }

            if (!c.TryInteger(i + 1, out samples)) return;
            if (samples >= 0) continue;
            c.SyntaxError();
            return;
        }

        // Asks about memory: a key whose time has passed takes it all the same, and nothing is counted as a hit or miss.
        var record = c.Database.PeekPresent(c[2], c.Hash(2));
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Integer(CollectionMemory.Of(c.Keyspace, record, samples));
    }

    [Command("memory|stats", Arity = 2, Flags = CommandFlags.None, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Tells where the server's memory goes.", Complexity = "O(1)",
        Tips = "nondeterministic_output request_policy:all_shards response_policy:special")]
    public static void Stats(CommandContext c)
    {
        var memory = MemoryOverview.Of(c.Node, c.Node.Parts.Host.Facts());
        long keys = 0;
        var databases = 0;
        foreach (var database in c.Keyspace.Databases)
        {
            keys += database.Count;
            if (database.Count > 0) databases++;
        }

        c.Reply.MapHeader(27 + databases);
        Field(c, "peak.allocated", memory.Peak);
        Field(c, "total.allocated", memory.Used);
        Field(c, "startup.allocated", memory.Startup);
        Field(c, "replication.backlog", memory.Replication.BacklogBytes);
        Field(c, "clients.slaves", memory.Clients.ReplicaBytes);
        Field(c, "clients.normal", memory.Clients.ClientBytes);
        Field(c, "cluster.links", 0);
        Field(c, "aof.buffer", c.Node.AppendOnly.BufferedBytes);
        Field(c, "lua.caches", 0);
        Field(c, "functions.caches", 0);
        foreach (var database in c.Keyspace.Databases) WriteDatabase(c, database);
        Field(c, "overhead.total", memory.Overhead);
        Field(c, "keys.count", keys);
        Field(c, "keys.bytes-per-key", keys == 0 ? 0 : memory.SinceStartup / keys);
        Field(c, "dataset.bytes", memory.Data);
        Field(c, "dataset.percentage", memory.Data * 100.0 / memory.SinceStartup);
        Field(c, "peak.percentage", memory.Used * 100.0 / memory.Peak);
        Field(c, "allocator.allocated", memory.Used);
        Field(c, "allocator.active", memory.Active);
        Field(c, "allocator.resident", memory.Held);
        Field(c, "allocator-fragmentation.ratio", (double)memory.Active / memory.Used);
        Field(c, "allocator-fragmentation.bytes", memory.Active - memory.Used);
        Field(c, "allocator-rss.ratio", (double)memory.Held / memory.Active);
        Field(c, "allocator-rss.bytes", memory.Held - memory.Active);
        Field(c, "rss-overhead.ratio", (double)memory.Resident / memory.Held);
        Field(c, "rss-overhead.bytes", memory.Resident - memory.Held);
        Field(c, "fragmentation", (double)memory.Resident / memory.Used);
        Field(c, "fragmentation.bytes", memory.Resident - memory.Used);
    }

    [Command("memory|doctor", Arity = 2, Flags = CommandFlags.None, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Reports what stands out in the use of memory.", Complexity = "O(1)",
        Tips = "nondeterministic_output request_policy:all_shards response_policy:special")]
    public static void Doctor(CommandContext c) =>
        c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(MemoryReport.Write(MemoryOverview.Of(c.Node, c.Node.Parts.Host.Facts()))));

    [Command("memory|malloc-stats", Arity = 2, Flags = CommandFlags.None, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns what the allocator says of itself.", Complexity = "Depends on how much memory is allocated, could be slow",
        Tips = "nondeterministic_output request_policy:all_shards response_policy:special")]
    public static void AllocatorStats(CommandContext c)
    {
        var heap = c.Node.Heap;
        var text = $"""
            Native heap of the data thread
              in use    {heap.UsedBytes} bytes
              active    {heap.ActiveBytes} bytes, with the holes between
              held      {heap.HeldBytes} bytes
              reserved  {heap.ReservedBytes} bytes of address space

            """;
        c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(text));
    }

    [Command("memory|purge", Arity = 2, Flags = CommandFlags.None, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Gives free memory back to the system.", Complexity = "Depends on how much memory is allocated, could be slow",
        Tips = "request_policy:all_shards response_policy:all_succeeded")]
    public static void Purge(CommandContext c)
    {
        c.Node.Heap.Purge(long.MaxValue, c.Node.Parts.Background.IsIdle);
        c.Reply.Ok();
    }

    [Command("memory|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns what the subcommands are.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "DOCTOR",
        "    Return memory problems reports.",
        "MALLOC-STATS",
        "    Return internal statistics report from the memory allocator.",
        "PURGE",
        "    Attempt to purge dirty pages for reclamation by the allocator.",
        "STATS",
        "    Return information about the memory usage of the server.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).");

    private static void WriteDatabase(CommandContext c, Database database)
    {
        if (database.Count == 0) return;
        c.Reply.Bulk($"db.{database.Number}");
        c.Reply.MapHeader(3);
        Field(c, "overhead.hashtable.main", database.TableBytes - database.ExpiresTableBytes);
        Field(c, "overhead.hashtable.expires", database.ExpiresTableBytes);
        Field(c, "overhead.hashtable.slot-to-keys", 0);
    }

    private static void Field(CommandContext c, string name, long value)
    {
        c.Reply.Bulk(name);
        c.Reply.Integer(value);
    }

    private static void Field(CommandContext c, string name, double value)
    {
        c.Reply.Bulk(name);
        c.Reply.Double(value);
    }
}
