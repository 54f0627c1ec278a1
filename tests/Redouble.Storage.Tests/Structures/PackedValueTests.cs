using System.Text;
using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

/// <summary>An entry is compared and read as the text that it stands for.</summary>
public sealed class PackedValueTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("abc", false)]
    [InlineData("007", false)]
    [InlineData("0", true)]
    [InlineData("-12345", true)]
    [InlineData("9223372036854775807", true)]
    [InlineData("-9223372036854775808", true)]
    public void It_is_the_text_that_was_put_in(string text, bool isInteger)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var room = new byte[64];
        Listpack.WriteEmpty(room);
        Listpack.Append(room, bytes);
        var value = Listpack.Get(room, Listpack.First(room));
        Span<byte> scratch = stackalloc byte[Integers.MaxLength];
        Assert.Equal((isInteger, text.Length, text), (value.IsInteger, value.Length, Encoding.ASCII.GetString(value.Text(scratch))));
        Assert.Equal(isInteger ? 0 : text.Length, value.Bytes.Length);
        Assert.True(value.Equals(bytes));
        Assert.False(value.Equals([.. bytes, (byte)'x']));
        Assert.False(value.Equals([.. "0"u8, .. bytes]));
        Assert.False(value.Equals("8"u8));
    }
}
