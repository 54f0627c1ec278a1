using System.Globalization;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class SortCommandsTests : IDisposable
{
    private readonly EngineNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Equal_numbers_come_in_the_order_of_their_bytes()
    {
        _node.Do("RPUSH l 2 1.0 01 -3 1 +1 2.0 1e0");
        Assert.Equal("*8|$2|-3|$2|+1|$2|01|$1|1|$3|1.0|$3|1e0|$1|2|$3|2.0|", _node.Do("SORT l"));
        Assert.Equal("*3|$3|2.0|$1|2|$3|1e0|", _node.Do("SORT l DESC LIMIT 0 3"));
    }

    /// <summary>The C library says of a number that is too small to be exact that it is out of range.</summary>
    [Theory]
    [InlineData("1e-310", false)]
    [InlineData("-1e-310", false)]
    [InlineData("1e-400", false)]
    [InlineData("1e400", false)]
    [InlineData("2.2250738585072014e-308", true)]
    [InlineData("0x1p-1030", true)]
    public void A_number_out_of_range_is_none(string number, bool isOne)
    {
        _node.Do($"RPUSH l 1 {number}");
        var expected = isOne ? $"*2|${number.Length}|{number}|$1|1|" : "-ERR One or more scores can't be converted into double|";
        Assert.Equal(expected, _node.Do("SORT l"));
    }

    [Fact]
    public void Nothing_is_sorted_before_something()
    {
        Assert.Equal("*0|", _node.Do("SORT none"));
        _node.Do("RPUSH l 2");
        Assert.Equal("*1|$1|2|", _node.Do("SORT l"));
        _node.Do("RPUSH l 1");
        Assert.Equal("*2|$1|1|$1|2|", _node.Do("SORT l"));
    }

    [Theory]
    [InlineData("SADD c m7 m3 m9 m1 m5 m8 m2 m6 m4")]
    [InlineData("ZADD c 5 m7 1 m3 2 m9 9 m1 4 m5 3 m8 8 m2 6 m6 7 m4")]
    public void What_is_stored_of_equal_weights_does_not_depend_on_the_order_of_a_table(string create)
    {
        // As a table and packed, as on a replica with other limits.
        foreach (var limit in (string[])["0", "100"])
        {
            _node.Do($"CONFIG SET set-max-listpack-entries {limit} zset-max-listpack-entries {limit}");
            _node.Do("FLUSHALL");
            _node.Do(create);
            _node.Do("MSET w_m4 a w_m6 a w_m2 b");
            Assert.Equal(":9|", _node.Do("SORT c BY w_* ALPHA STORE l"));
            Assert.Equal("*9|$2|m1|$2|m3|$2|m5|$2|m7|$2|m8|$2|m9|$2|m4|$2|m6|$2|m2|", _node.Do("LRANGE l 0 -1"));
            Assert.Equal(":3|", _node.Do("SORT c BY w_* ALPHA LIMIT 6 3 STORE l"));
            Assert.Equal("$2|m2|", _node.Do("LINDEX l -1"));
        }
    }

    [Fact]
    public void Sorts_of_all_sizes_follow_each_other()
    {
        foreach (var (count, order) in ((int, string)[])[(40, ""), (1000, " ALPHA"), (60, ""), (500, ""), (150_000, ""), (100, ""), (700, " DESC")])
        {
            var numbers = Enumerable.Range(0, count).Select(i => i * 7919 % count).ToArray();
            _node.Do("DEL l");
            for (var from = 0; from < count; from += 1000) _node.Do("RPUSH l " + string.Join(' ', numbers.Skip(from).Take(1000)));
            var texts = numbers.Select(number => number.ToString(CultureInfo.InvariantCulture));
            var sorted = order switch
            {
                " ALPHA" => texts.Order(StringComparer.Ordinal),
                " DESC" => texts.OrderByDescending(int.Parse),
                _ => texts.OrderBy(int.Parse),
            };
            Assert.Equal($"*{count}|" + string.Concat(sorted.Select(text => $"${text.Length}|{text}|")), _node.Do("SORT l" + order));
        }
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3000)]
    public void A_range_of_an_order_that_is_kept_is_that_of_the_whole(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _node.Do($"RPUSH list e{i:d4}");
            _node.Do($"ZADD sorted {i} e{i:d4}");
        }

        var all = Enumerable.Range(0, count).Select(i => $"$5|e{i:d4}|").ToArray();
        foreach (var (offset, limit) in ((int, int)[])[(0, 3), (7, 5), (count - 2, 9), (count, 1), (count + 5, 1), (-4, 2), (0, -1), (9, -7), (3, 0)])
        {
            var start = Math.Clamp(offset, 0, count);
            var wanted = limit < 0 ? count : limit;
            foreach (var key in (string[])["list", "sorted"])
            {
                foreach (var (order, source) in ((string, IEnumerable<string>)[])[("", all), (" DESC", all.Reverse())])
                {
                    var expected = source.Skip(start).Take(wanted).ToArray();
                    var words = $"{key} BY nosort LIMIT {offset} {limit}{order}";
                    Assert.Equal($"*{expected.Length}|{string.Concat(expected)}", _node.Do($"SORT {words}"));
                    Assert.Equal($":{expected.Length}|", _node.Do($"SORT {words} STORE dst"));
                    Assert.Equal($"*{expected.Length}|{string.Concat(expected)}", _node.Do("LRANGE dst 0 -1"));
                }
            }
        }
    }

    /// <summary>All elements were once copied for it.</summary>
    [Theory]
    [InlineData("SORT list BY nosort LIMIT 5 10")]
    [InlineData("SORT list BY nosort DESC LIMIT 19000 10")]
    [InlineData("SORT sorted BY nosort LIMIT 19000 10")]
    public void Of_an_order_that_is_kept_no_more_than_the_range_is_taken_in(string command)
    {
        var element = new string('e', 400);
        for (var i = 0; i < 20_000; i++)
        {
            _node.Do($"RPUSH list {element}{i}");
            _node.Do($"ZADD sorted {i} {element}{i}");
        }

        _node.Do(command);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("*10|", _node.Do(command), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20); // of 8 MB of elements
    }
}
