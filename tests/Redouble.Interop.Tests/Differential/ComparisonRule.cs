using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <param name="Reason">Why the replies may differ.</param>
/// <param name="Applies">Which requests it is about.</param>
/// <param name="Same">Whether this expected and this actual reply to these words mean the same.</param>
internal sealed record ComparisonRule(string Reason, Func<string[], bool> Applies, Func<Reply, Reply, string[], bool> Same)
{
    public ComparisonRule(string reason, Func<string[], bool> applies, Func<Reply, Reply, bool> same)
        : this(reason, applies, (expected, actual, _) => same(expected, actual))
    {
    }

    /// <summary>True for a difference between Redis 7.0 and 7.2.</summary>
    public bool Versions { get; init; }

    /// <summary>Requests whose first word, or first two words, are one of these.</summary>
    public static Func<string[], bool> Is(params string[] names) => args =>
    {
        string one = args.Length > 0 ? args[0].ToUpperInvariant() : "";
        string two = args.Length > 1 ? $"{one} {args[1].ToUpperInvariant()}" : one;
        return names.Any(n => n == one || n == two);
    };
}
