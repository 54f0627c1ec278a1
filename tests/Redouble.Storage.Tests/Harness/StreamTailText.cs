using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Redouble.Storage.Collections;

namespace Redouble.Storage.Tests.Harness;

/// <summary>What a stream has beside its nodes, as lines: pending entries in the order of their ids, in which a snapshot need not have them.</summary>
internal sealed class StreamTailText
{
    private readonly List<string> _lines = [];
    private readonly byte[] _parts;
    private int _at;

    private StreamTailText(byte[] parts) => _parts = parts;

    public static List<string> Of(byte[] parts)
    {
        var text = new StreamTailText(parts);
        text.Read();
        return text._lines;
    }

    private void Read()
    {
        _lines.Add($"length {Number()} last {Number()}-{Number()} first {Number()}-{Number()} deleted {Number()}-{Number()} added {Number()}");
        for (var groups = Number(); groups > 0; groups--)
        {
            _lines.Add($"group {Name()} at {Number()}-{Number()} read {(long)Number()}");
            List<(StreamId Id, string Text)> pending = [];
            for (var left = Number(); left > 0; left--) pending.Add((Id(), $"time {Time()} deliveries {Number()}"));
            Add(pending);
            for (var consumers = Number(); consumers > 0; consumers--)
            {
                _lines.Add($"consumer {Name()} seen {Time()}");
                List<(StreamId Id, string Text)> own = [];
                for (var left = Number(); left > 0; left--) own.Add((Id(), ""));
                Add(own);
            }
        }

        Assert.True(_at == _parts.Length, "More parts came than were announced.");
    }

    private void Add(List<(StreamId Id, string Text)> pending)
    {
        Assert.Equal(pending.Count, pending.Select(entry => entry.Id).Distinct().Count());
        _lines.AddRange(pending.OrderBy(entry => entry.Id).Select(entry => $"{entry.Id} {entry.Text}"));
    }

    private ReadOnlySpan<byte> Next(StreamTailPart expected)
    {
        ReadOnlySpan<byte> rest = _parts.AsSpan(_at);
        Assert.True(StreamTail.TryRead(ref rest, out var part, out var bytes), $"Parts end where a {expected} is missing.");
        Assert.Equal(expected, part);
        _at = _parts.Length - rest.Length;
        return bytes;
    }

    private ulong Number() => BinaryPrimitives.ReadUInt64LittleEndian(Next(StreamTailPart.Number));

    private string Time() => BinaryPrimitives.ReadInt64LittleEndian(Next(StreamTailPart.Time)).ToString(CultureInfo.InvariantCulture);

    private string Name() => Encoding.Latin1.GetString(Next(StreamTailPart.Name));

    private StreamId Id() => StreamId.Read(Next(StreamTailPart.Id));
}
