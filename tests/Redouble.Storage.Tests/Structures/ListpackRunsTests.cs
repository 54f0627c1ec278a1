using System.Globalization;
using System.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

/// <summary>The ends of a listpack, and runs of entries, against listpacks that are built entry by entry.</summary>
public sealed class ListpackRunsTests
{
    private static readonly string[] s_values = ["a", "7", "-4096", new('x', 100), "", new('y', 5000), "9223372036854775807", "b"];

    [Fact]
    public void The_empty_one_has_no_entries()
    {
        Assert.True(Listpack.Validate(Listpack.Empty, out var count));
        Assert.Equal(0, count);
    }

    [Fact]
    public void Prepending_is_building_in_reverse()
    {
        var room = new byte[20_000];
        var start = room.Length - Listpack.EmptySize;
        Listpack.WriteEmpty(room.AsSpan(start));
        foreach (var value in s_values.Reverse())
        {
            var size = Listpack.EncodedSize(Bytes(value));
            start -= size;
            Listpack.Prepend(room.AsSpan(start), Bytes(value), size);
        }

        Assert.Equal(Build(s_values), room[start..]);
    }

    [Fact]
    public void Cuts_leave_what_the_entries_left_would_build()
    {
        for (var cut = 0; cut <= s_values.Length; cut++)
        {
            var whole = Build(s_values);
            var at = cut == s_values.Length ? Listpack.End(whole) : Listpack.Seek(whole, cut);
            Assert.Equal(cut, Listpack.CountBefore(whole, at));
            if (cut < s_values.Length)
            {
                var head = Build(s_values);
                var start = Listpack.CutHead(head, at, cut);
                Assert.Equal(Build(s_values[cut..]), head[start..]);
            }

            var tail = Build(s_values);
            if (cut == s_values.Length) continue;
            var size = Listpack.CutTail(tail, at, cut);
            Assert.Equal(Build(s_values[..cut]), tail[..size]);
        }
    }

    [Fact]
    public void A_run_is_appended_as_it_is()
    {
        var whole = Build(s_values);
        for (var cut = 0; cut < s_values.Length; cut++)
        {
            var at = Listpack.Seek(whole, cut);
            var room = new byte[20_000];
            Build(s_values[..cut]).CopyTo(room, 0);
            var size = Listpack.AppendRun(room, whole.AsSpan()[at..^1], s_values.Length - cut);
            Assert.Equal(whole, room[..size]);
        }
    }

    [Fact]
    public void Numbers_of_entries_that_no_header_holds_stay_unknown()
    {
        var many = Build(Enumerable.Range(0, 65_534).Select(i => (i % 100).ToString(CultureInfo.InvariantCulture)).ToArray());
        var room = new byte[many.Length + 100];
        many.CopyTo(room, 0);
        var size = Listpack.AppendRun(room, Build(["1", "2", "3"]).AsSpan()[Listpack.HeaderSize..^1], 3);
        Assert.True(Listpack.Validate(room.AsSpan(0, size), out var count));
        Assert.Equal(65_537, count);
        var start = Listpack.CutHead(room, Listpack.Seek(room, 10), 10);
        Assert.True(Listpack.Validate(room.AsSpan(start, size - start), out count));
        Assert.Equal(65_527, count);
    }

    private static byte[] Bytes(string value) => Encoding.Latin1.GetBytes(value);

    private static byte[] Build(string[] values)
    {
        var room = new byte[Listpack.EmptySize + values.Sum(value => Listpack.EncodedSize(Bytes(value)))];
        Listpack.WriteEmpty(room);
        foreach (var value in values) Listpack.Append(room, Bytes(value));
        return room;
    }
}
