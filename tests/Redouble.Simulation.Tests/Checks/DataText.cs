using System.Globalization;
using System.Text;
using Redouble.Storage.Keyspace;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>Data sets as text, for the report of a failure.</summary>
internal static class DataText
{
    private const int PartsShownMax = 200;

    /// <summary>What two data sets do not have in common.</summary>
    public static string Difference(Keyspace one, Keyspace other)
    {
        var (first, second) = (Lines(one), Lines(other));
        var lines = first.Except(second).Select(static line => $"  < {line}").Concat(second.Except(first).Select(static line => $"  > {line}"));
        return string.Join('\n', lines);
    }

    /// <summary>A whole data set.</summary>
    public static string Describe(Keyspace keyspace) => string.Join('\n', Lines(keyspace));

    private static List<string> Lines(Keyspace keyspace)
    {
        var lines = new List<string>();
        foreach (var database in keyspace.Databases)
        {
            var visitor = new Writer(keyspace, database.Number, lines);
            DataDigest.Walk(database, ref visitor);
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        const int shownMax = 60;
        var text = Encoding.Latin1.GetString(bytes[..Math.Min(shownMax, bytes.Length)]);
        return bytes.Length <= shownMax ? text : string.Create(CultureInfo.InvariantCulture, $"{text}… ({bytes.Length})");
    }

    private readonly struct Writer(Keyspace keyspace, int database, List<string> lines) : IKeyVisitor
    {
        public void Visit(ReadRecord record)
        {
            var parts = new Parts { Texts = [] };
            ValueParts.Visit(keyspace, record, ref parts);
            parts.Texts.Sort(StringComparer.Ordinal);
            var shown = string.Join(' ', parts.Texts.Take(PartsShownMax));
            var key = Encoding.Latin1.GetString(record.Key);
            var head = string.Create(CultureInfo.InvariantCulture, $"{database} {key} {record.Type} until {record.ExpireAtMs}");
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{head}: {parts.Texts.Count} parts {shown}"));
        }
    }

    private readonly struct Parts : IValuePartSink
    {
        public List<string> Texts { get; init; }

        public void Part(scoped ReadOnlySpan<byte> first, scoped ReadOnlySpan<byte> second, params ReadOnlySpan<long> numbers) =>
            Texts.Add($"({Text(first)}|{Text(second)}|{string.Join(',', numbers.ToArray())})");
    }
}
