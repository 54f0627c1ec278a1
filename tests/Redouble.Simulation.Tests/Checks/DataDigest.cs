using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Redouble.Storage.Keyspace;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// A number for a data set: equal for equal ones, in practice different for different ones. Keys, values, databases and absolute expiry
/// times count; encodings and access times do not. In the same walk it looks at the two keys that transactions always set together.
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
            var visitor = new Visitor(Mix((ulong)database.Number + 1));
            Walk(database, ref visitor);
            sum += visitor.Sum;
            isWhole &= visitor.Left == visitor.Right;
        }

        return new DataDigest(sum, isWhole);
    }

    /// <summary>The whole data set as text, sorted, for the report of a failure.</summary>
    public static string Describe(Keyspace keyspace)
    {
        var lines = new List<string>();
        foreach (var database in keyspace.Databases)
        {
            var visitor = new Writer(database.Number, lines);
            Walk(database, ref visitor);
        }

        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    private static void Walk<T>(Database database, ref T visitor)
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

    private struct Visitor(ulong database) : IKeyVisitor
    {
        public ulong Sum { get; private set; }

        public ulong Left { get; private set; }

        public ulong Right { get; private set; }

        public void Visit(ReadRecord record)
        {
            var value = Hash(0, record.Value);
            Sum += Hash(database ^ value ^ Mix((ulong)record.ExpireAtMs), record.Key);
            if (record.Key.SequenceEqual("left"u8)) Left = value;
            else if (record.Key.SequenceEqual("right"u8)) Right = value;
        }
    }

    private readonly struct Writer(int database, List<string> lines) : IKeyVisitor
    {
        public void Visit(ReadRecord record)
        {
            var value = Encoding.Latin1.GetString(record.Value[..Math.Min(60, record.Value.Length)]);
            var key = Encoding.Latin1.GetString(record.Key);
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"  {database} {key} = {value} ({record.Value.Length}) until {record.ExpireAtMs}"));
        }
    }
}
