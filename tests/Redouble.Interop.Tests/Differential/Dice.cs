using System.Globalization;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Seeded choices and the small vocabulary that random programs share: few keys, so that commands meet each other's values.</summary>
internal sealed class Dice(int seed)
{
    public const int Clients = 3;

    private static readonly string[] Keys = ["a", "b", "c", "k1", "k2", "key:with:colons", "\0\u0001\r\n\u00ff", "", "{tag}x", "{tag}y"];

    private static readonly string[] Integers =
    [
        "0", "1", "-1", "5", "10", "100", "-100", "9223372036854775807", "-9223372036854775808", "9223372036854775806", "2147483647", "2147483648",
        "4294967296", "9999", "10000", "1000000",
    ];

    private static readonly string[] NotIntegers =
    [
        "", " 1", "1 ", "+1", "01", "-0", "1.0", "1e3", "0x10", "abc", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "nan", "\0",
            "1\0",
    ];

    private static readonly string[] Floats =
    [
        "0", "1", "-1", "0.1", "3.0e3", "-5.5", "1e-7", "1e17", "123456789.123456789", "0.3333333333333333", "1e300", "10.50000", ".5", "5.",
        "0x1p3", "1e-20", "100000000000000000000", "-0.0", "3.14159265358979323846",
    ];

    private static readonly string[] NotFloats = ["", "abc", "nan", "inf", "-inf", "+inf", "infinity", "1e5000", " 1.5", "1.5 ", "1,5", "--1", "1e", "\0"];

    private static readonly string[] Values =
    [
        "", "x", "hello", "hello world", "10", "-7", "0", "9223372036854775807", "3.5", "\0\u0001\u0080\u00ff", "\r\n", "01", " 12", "12 ", "ohmytext",
        "mynewtext", "-9223372036854775808", "1e2", "00",
    ];

    private readonly Random _random = new(seed);

    public int Next(int bound) => _random.Next(bound);

    public int Between(int low, int high) => _random.Next(low, high + 1);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public int Client() => Chance(70) ? 0 : _random.Next(Clients);

    public string Key() => Chance(80) ? Keys[_random.Next(6)] : Pick(Keys);

    public string[] KeyList(int least, int most) => [.. Enumerable.Range(0, Between(least, most)).Select(_ => Key())];

    /// <summary>Short and long strings, integers in and out of canonical form, binary; lengths around the encoding limits of 20 and 44 bytes.</summary>
    public string Value() => Next(10) switch
    {
        < 6 => Pick(Values),
        6 => Integer(),
        7 => new string((char)Between('a', 'z'), Pick(19, 20, 21, 43, 44, 45, 46, 100)),
        8 => new string('z', Pick(1000, 16383, 16384, 20_000, 33_000, 70_000)),
        _ => Bytes(Between(1, 60)),
    };

    public string Bytes(int length) => string.Create(length, _random, static (span, random) =>
    {
        foreach (ref char c in span)
        {
            c = (char)random.Next(256);
        }
    });

    /// <summary>Mostly a number that Redis takes for an integer, sometimes one that it must not.</summary>
    public string Integer() => Chance(85) ? Chance(50) ? Between(-20, 60).ToString(CultureInfo.InvariantCulture) : Pick(Integers) : Pick(NotIntegers);

    public string Float() => Chance(88) ? Pick(Floats) : Pick(NotFloats);

    /// <summary>An offset or index: small most of the time, but also at the ends of the range.</summary>
    public string Index() => Chance(90) ? Between(-12, 30).ToString(CultureInfo.InvariantCulture) : Integer();

    public string Db() => Chance(85) ? Next(4).ToString(CultureInfo.InvariantCulture) : Pick("15", "16", "-1", "abc", "", "9223372036854775808", "1.5");

    /// <summary>A relative expiry that cannot run out while a program runs, or one that is over at once; <paramref name="unitMs"/> is 1 or 1000.</summary>
    public string Ttl(int unitMs) => Next(10) switch
    {
        < 6 => (Pick(100, 500, 10_000, 1_000_000) * (1000L / unitMs)).ToString(CultureInfo.InvariantCulture),
        < 8 => Pick("0", "-1", "-100000", "-9223372036854775808", "9223372036854775807", "9223372036854775", "9223372036854776", "100000000000"),
        _ => Pick(NotIntegers),
    };

    /// <summary>An absolute expiry in seconds or milliseconds: ahead, past, or nonsense.</summary>
    public string Deadline(bool milliseconds) => Next(10) switch
    {
        < 6 => milliseconds ? $"@nowms+{Pick(100_000, 5_000_000)}" : $"@now+{Pick(100, 5000)}",
        < 8 => Pick("1", "0", "-1", milliseconds ? "@nowms-5000" : "@now-5", "4102444800", "9223372036854775807", "9223372036854775", "-9223372036854775808"),
        _ => Pick(NotIntegers),
    };

    /// <summary>A word in some letter case.</summary>
    public string Word(string word) => Next(4) switch
    {
        0 => word.ToLowerInvariant(),
        1 => string.Concat(word.Select(c => Chance(50) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
        _ => word.ToUpperInvariant(),
    };

    /// <summary>Now and then a request with a word too many, too few, or a wrong one.</summary>
    public string[] Mangle(string[] args)
    {
        // A word dropped from these can end the server, make it wait, or start a save.
        if (args[0] is "SHUTDOWN" or "SAVE" or "BGSAVE" or "DEBUG" or "CLIENT" or "REPLICAOF" or "WAIT" or "BLPOP" or "BRPOP" or "BLMOVE" or "BRPOPLPUSH"
            or "BLMPOP" or "BZPOPMIN" or "BZPOPMAX" or "BZMPOP" or "XREAD" or "XREADGROUP" || !Chance(6))
        {
            return args;
        }

        switch (Next(4))
        {
            case 0 when args.Length > 1:
                return args[..^1];
            case 1:
                return [.. args, Pick("x", "1", "", "EX", "NX", "10")];
            case 2 when args.Length > 1:
                args[Between(1, args.Length - 1)] = Pick("", "x", "-1", "\0", "999999999999");
                return args;
            default:
                return Chance(20) ? [args[0] + "x", .. args[1..]] : args;
        }
    }
}
