using System.Globalization;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class HexDigitsTests
{
    [Fact]
    public void EveryByteHasItsValue()
    {
        for (int i = 0; i < 256; i++)
        {
            int expected = char.IsAsciiHexDigit((char)i) ? int.Parse(((char)i).ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : -1;
            Assert.Equal(expected, HexDigits.ValueOf((byte)i));
        }
    }
}
