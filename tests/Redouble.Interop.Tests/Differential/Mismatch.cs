namespace Redouble.Interop.Tests.Differential;

/// <summary>The first difference that a program brought to light.</summary>
/// <param name="Where">The request, or the part of the state or stream.</param>
/// <param name="Expected">What the real Redis gave (after the transformations of <see cref="Normalisation"/>).</param>
/// <param name="Actual">What the server under test gave.</param>
internal sealed record Mismatch(string Where, string Expected, string Actual)
{
    private string Before { get; init; } = "";

    /// <summary>This one and another that was found later in the same run.</summary>
    public Mismatch And(Mismatch later) => later with { Before = $"{this}\n" };

    public override string ToString() => $"{Before}{Where}\n  expected: {Cut(Expected)}\n  got:      {Cut(Actual)}";

    private static string Cut(string text) => text.Length <= 2000 ? text : $"{text[..2000]}… ({text.Length} characters)";
}
