using System.Buffers.Binary;
using Redouble.Storage.Keyspace;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// A number for a data set: equal for equal ones, in practice different for different ones. Keys, types, values, databases and absolute expiry
/// times count, those of fields too; encodings and access times do not. In the same walk it looks at the two keys that transactions always set together.
/// </summary>
internal readonly record struct DataDigest(ulong Value, bool TransactionsAreWhole)
{
    public static DataDigest Of(Keyspace keyspace)
    {
        var sum = 0UL;
        var isWhole = true;
        foreach (var database in keyspace.Databases)
        {
            if (database.Count == 0) continue;
            var visitor = new Visitor(keyspace, Mix((ulong)database.Number + 1));
            Walk(database, ref visitor);
            sum += visitor.Sum;
            isWhole &= visitor.Left == visitor.Right;
        }

        return new DataDigest(sum, isWhole);
    }

    /// <summary>Hands every key of a database to the visitor.</summary>
    public static void Walk<T>(Database database, ref T visitor)
        where T : struct, IKeyVisitor
    {
        ulong cursor = 0;
        do cursor = database.Scan(cursor, ref visitor);
        while (cursor != 0);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
        x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
        return x ^ (x >> 32);
    }

    private static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = Mix(hash ^ (ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) hash = (hash ^ b) * 0x100000001B3;
        return Mix(hash);
    }

    private struct Visitor(Keyspace keyspace, ulong database) : IKeyVisitor
    {
        public ulong Sum { get; private set; }

        public ulong Left { get; private set; }

        public ulong Right { get; private set; }

        public void Visit(ReadRecord record)
        {
            var parts = new Parts { Sum = Mix((ulong)record.Type + 1) };
            ValueParts.Visit(keyspace, record, ref parts);
            Sum += Hash(database ^ parts.Sum ^ Mix((ulong)record.ExpireAtMs), record.Key);
            if (record.Key.SequenceEqual("left"u8)) Left = parts.Sum;
            else if (record.Key.SequenceEqual("right"u8)) Right = parts.Sum;
        }
    }

    private struct Parts : IValuePartSink
    {
        public ulong Sum { get; set; }

        public void Part(scoped ReadOnlySpan<byte> first, scoped ReadOnlySpan<byte> second, params ReadOnlySpan<long> numbers)
        {
            var hash = Hash(Hash(1, first), second);
            foreach (var number in numbers) hash = Mix(hash ^ (ulong)number);
            Sum += Mix(hash);
        }
    }
}
