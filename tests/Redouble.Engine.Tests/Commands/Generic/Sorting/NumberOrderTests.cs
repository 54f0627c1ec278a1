using Redouble.Engine.Commands.Generic.Sorting;

namespace Redouble.Engine.Tests.Commands.Generic.Sorting;

public sealed class NumberOrderTests
{
    private static readonly double[] Special =
        [0, -0.0, 1, -1, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon, 0.1, 1e-300];

    [Theory]
    [InlineData("digits")]
    [InlineData("doubles")]
    [InlineData("special")]
    [InlineData("few")]
    [InlineData("equal")]
    public void Numbers_come_in_ascending_order_with_their_places(string kind)
    {
        var order = new NumberOrder();
        var random = new Random(kind.Length);
        foreach (var count in (int[])[2, 3, 99, 100, 101, 255, 256, 257, 5_000, 70_000, 150])
        {
            var numbers = Enumerable.Range(0, count).Select(_ => Next(kind, random)).ToArray();
            order.Reserve(count);
            for (var i = 0; i < count; i++) order.Set(i, numbers[i]);
            order.Sort(count);
            var places = order.Places[..count].ToArray();
            Assert.Equal(numbers.Select(number => number == 0 ? 0.0 : number).Order(), places.Select(place => numbers[place] == 0 ? 0.0 : numbers[place]));
            Assert.Equal(Enumerable.Range(0, count), places.Order());
            var keys = order.Keys[..count].ToArray();
            for (var i = 1; i < count; i++) Assert.Equal(numbers[places[i]].CompareTo(numbers[places[i - 1]]) == 0, keys[i] == keys[i - 1]);
        }

        order.Clear();
        Assert.Equal(0, order.Capacity);
    }

    private static double Next(string kind, Random random) => kind switch
    {
        "digits" => random.Next(10_000_000, 100_000_000),
        "doubles" => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-300, 300)),
        "special" => Special[random.Next(Special.Length)],
        "few" => random.Next(-3, 3),
        _ => 7,
    };
}
