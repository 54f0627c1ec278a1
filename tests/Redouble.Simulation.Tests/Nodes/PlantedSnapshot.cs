using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>Planted bugs of writes under a running snapshot: a stamp without saving what was there.</summary>
internal static class PlantedSnapshot
{
    public static void Disturb(Process process)
    {
        var keyspace = process.Node.Keyspace;
        if (keyspace.Snapshot is not { WalkFinished: false }) return;
        var visitor = new Stamper(keyspace, ofElements: process.Machine.Cluster.Bug == PlantedBug.UnsavedElement);
        foreach (var database in keyspace.Databases)
        {
            ulong cursor = 0;
            do cursor = database.Scan(cursor, ref visitor);
            while (cursor != 0 && !visitor.IsDone);
        }
    }

    // One key or element at a time.
    private struct Stamper(Keyspace keyspace, bool ofElements) : IKeyVisitor
    {
        public bool IsDone { get; private set; }

        public void Visit(ReadRecord read)
        {
            var record = read.Record;
            if (IsDone || record.IsCollection != ofElements) return;
            if (!ofElements)
            {
                IsDone = record.Epoch != keyspace.Epoch;
                record.Epoch = keyspace.Epoch;
                return;
            }

            if (record.Collection.Ticket == 0 || !record.Collection.HasElements) return;
            using var elements = new ElementCursor(keyspace, read);
            while (!IsDone && elements.MoveNext())
            {
                var element = elements.Record;
                IsDone = element.Epoch != keyspace.Epoch;
                element.Epoch = keyspace.Epoch;
            }
        }
    }
}
