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

    [Fact]
    public void Nothing_is_sorted_before_something()
    {
        Assert.Equal("*0|", _node.Do("SORT none"));
        _node.Do("RPUSH l 2");
        Assert.Equal("*1|$1|2|", _node.Do("SORT l"));
        _node.Do("RPUSH l 1");
        Assert.Equal("*2|$1|1|$1|2|", _node.Do("SORT l"));
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
}
