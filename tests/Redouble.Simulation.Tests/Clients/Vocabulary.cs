using System.Globalization;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Clients;

/// <summary>
/// The words of random commands: few keys of each type, so that commands meet, and values of all sizes. A key's first letter says what it is for:
/// k strings, b bitmaps, p HyperLogLogs, l and q lists, s sets, h hashes, z and y sorted sets, x streams; but now and then any other key is there instead.
/// </summary>
internal sealed class Vocabulary(World world, bool isFat, bool isLarge)
{
    /// <summary>The letters, and how many keys each has.</summary>
    private static readonly (char Letter, int Keys)[] Types =
        [('k', 8), ('b', 2), ('p', 2), ('l', 3), ('q', 2), ('s', 3), ('h', 3), ('z', 3), ('y', 1), ('x', 2)];

    private const long EpochMs = 1_700_000_000_000;
    private const int IdsKept = 12;

    private readonly List<string> _ids = ["0-1"];

    public Dice Dice { get; } = world.Dice;

    /// <summary>Milliseconds by which the wall clock of the addressed node is ahead.</summary>
    public long WallOffsetMs { get; set; }

    /// <summary>What a DUMP has replied last; RESTORE puts it elsewhere.</summary>
    public string? Payload { get; set; }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A key of a type, or (seldom) of any.</summary>
    public string Key(char letter) => Dice.Chance(0.03) ? AnyKey() : OwnKey(letter);

    public string AnyKey() => OwnKey(Dice.PickOf(Types).Letter);

    /// <summary>Another key for what a key holds: mostly one of the same type.</summary>
    public string Beside(string key) => Key(key[0]);

    public string Database() => Text(Dice.Between(0, 3));

    /// <summary>A value of a string: a number, a short one, seldom a long one.</summary>
    public string Value()
    {
        if (Dice.Chance(0.4)) return Text(Dice.Between(-5, 1000));
        var length = (int)(Dice.Chance(isLarge ? 0.02 : 0.002) ? 20_000 : Dice.Chance(isFat ? 0.5 : 0.02) ? Dice.Between(200, 3000) : Dice.Between(0, 40));
        return Letters(length);
    }

    /// <summary>An element, member or value in a collection: mostly short, seldom too long for a packed one.</summary>
    public string Element() => Dice.Chance(0.5) ? Text(Dice.Between(-3, 30))
        : Letters((int)(Dice.Chance(0.05) ? Dice.Between(40, isFat ? 900 : 90) : Dice.Between(1, 6)));

    /// <summary>A field or member that was probably there before.</summary>
    public string Name() => Dice.Chance(0.5) ? Text(Dice.Between(0, 15)) : "f" + Text(Dice.Between(0, 15));

    /// <summary>Several of them: mostly few, seldom as many as are freed in slices.</summary>
    public string[] Several(Func<string> one) => Repeat((int)(Dice.Chance(isLarge ? 0.1 : 0.02) ? Dice.Between(66, 150) : Dice.Between(1, 4)), one);

    public string[] Few(Func<string> one) => Repeat((int)Dice.Between(1, 3), one);

    public string Score() => Dice.Next(8) switch
    {
        0 => "-inf",
        1 => "+inf",
        2 => "0.1",
        3 => "-2.75e3",
        _ => Text(Dice.Between(-5, 20)),
    };

    public string Index() => Text(Dice.Between(-4, 6));

    public string Count() => Text(Dice.Chance(0.1) ? 200 : Dice.Between(1, 4));

    public string TtlMs() => Text(Dice.Chance(0.05) ? Dice.Between(-10, 0) : Dice.Chance(0.6) ? Dice.Between(1, 800) : Dice.Between(800, 8_000_000));

    public string Ttl() => Text(Dice.Chance(0.7) ? Dice.Between(1, 3) : Dice.Between(3, 8000));

    public long DeadlineMs() => EpochMs + (world.Now / 1000) + WallOffsetMs + Dice.Between(-300, Dice.Chance(0.7) ? 2_000 : 8_000_000);

    /// <summary>The id of an entry that a stream has or had.</summary>
    public string Id() => Dice.PickOf(_ids);

    /// <summary>An entry was added.</summary>
    public void Remember(string id)
    {
        _ids.Add(id);
        if (_ids.Count > IdsKept) _ids.RemoveAt(0);
    }

    /// <summary>The words, or none of them.</summary>
    public string[] Maybe(double probability, params string[] words) => Dice.Chance(probability) ? words : [];

    private static string[] Repeat(int count, Func<string> one)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++) words[i] = one();
        return words;
    }

    private string OwnKey(char letter) => letter + Text(Dice.Next(Array.Find(Types, type => type.Letter == letter).Keys));

    private string Letters(int length) => string.Create(length, Dice.NextUInt64(), static (text, seed) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + ((seed * (ulong)(i + 1) >> 13) % 7));
    });
}
