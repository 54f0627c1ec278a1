namespace Redouble.Interop.Tests.Differential;

/// <summary>The comparer of printed scores: 7.0's text, and the one or the wrong ones of 7.2.</summary>
public sealed class DoubleTextTests
{
    [Theory]
    [InlineData("0.10000000000000001", "0.1")]
    [InlineData("1e+17", "100000000000000000")]
    [InlineData("9.9999999999999995e-08", "1e-7")]
    [InlineData("1.0000000000000001e-05", "0.00001")]
    [InlineData("123456789.12345679", "1.2345678912345679e+8")]
    [InlineData("4.9406564584124654e-324", "5e-324")]
    [InlineData("1e+20", "1e+20")]
    [InlineData("-521142.18436200003", "-5.2114218436200003e+5")]
    [InlineData("-0", "-0")]
    [InlineData("1.7976931348623157e+308", "1.7976931348623157e+308")]
    public void KnowsTheTextOf72(string old, string text) => Assert.True(DoubleText.Is72Of(old, text));

    [Theory]
    [InlineData("0.10000000000000001", "0.10000000000000001")]
    [InlineData("0.10000000000000001", "1e-1")]
    [InlineData("0.10000000000000001", "0.2")]
    [InlineData("1e+17", "1e+17")]
    [InlineData("9.9999999999999995e-08", "1e-07")]
    [InlineData("9.9999999999999995e-08", "0.0000001")]
    [InlineData("-0", "0")]
    [InlineData("1e+20", "100000000000000000000")]
    [InlineData("member", "member2")]
    public void RefusesOtherTexts(string old, string text) => Assert.False(DoubleText.Is72Of(old, text));
}
