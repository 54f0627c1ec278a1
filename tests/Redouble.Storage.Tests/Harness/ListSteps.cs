namespace Redouble.Storage.Tests.Harness;

/// <summary>Random steps of a program of lists: elements of few values, so that they are found, and of all lengths that matter.</summary>
internal sealed class ListSteps(ListProgram program, int seed, int longest)
{
    private static readonly string[] s_integers = ["0", "-1", "127", "128", "4095", "-4096", "32768", "8388608", "2147483648", "-9223372036854775808", "007"];

    public Random Random { get; } = new(seed);

    /// <summary>Chance of a step that adds elements, percent.</summary>
    public int Growth { get; init; } = 30;

    public void Next()
    {
        program.Relocating.Next();
        var key = Key();
        if (Random.Next(100) < Growth)
        {
            program.Push(key, Random.Next(2) == 0, [.. Enumerable.Range(0, 1 + (Random.Next(6) == 0 ? Random.Next(30) : Random.Next(3))).Select(_ => Value())]);
            return;
        }

        switch (Random.Next(20))
        {
            case < 4:
                var atHead = Random.Next(2) == 0;
                var count = Random.Next(4) == 0 ? Random.Next(1, 40) : 1;
                program.RemoveRange(key, atHead ? 0 : Math.Max(0, Length(key) - count), count);
                break;
            case 4:
                program.RemoveRange(key, Random.Next(Length(key) + 1), Random.Next(1, 25));
                break;
            case < 9:
                program.Set(key, Random.Next(Length(key) + 1), Value());
                break;
            case < 15:
                program.InsertBeside(key, Value(), Value(), Random.Next(2) == 0);
                break;
            case 15 or 16:
                program.RemoveEqual(key, Value(), Random.Next(3) == 0 ? int.MaxValue : Random.Next(1, 4), Random.Next(2) == 0);
                break;
            case 17:
                program.Transfer(key, Key(), move: Random.Next(2) == 0);
                break;
            case 18:
                if (Random.Next(5) == 0) program.Delete(key);
                break;
            default:
                if (Random.Next(60) == 0) program.Flush();
                program.Keyspace.FreeSlice(Random.Next(20));
                break;
        }
    }

    private int Length(string key) => program.Model.TryGetValue(key, out var list) ? list.Count : 0;

    private string Key() => $"list:{Random.Next(5)}";

    private string Value() => Random.Next(20) switch
    {
        < 10 => "abcdefgh"[Random.Next(8)].ToString(),
        < 14 => s_integers[Random.Next(s_integers.Length)],
        < 19 => new string("xyz"[Random.Next(3)], Random.Next(Math.Min(longest, 150))),
        _ => new string("pq"[Random.Next(2)], Random.Next(longest)),
    };
}
