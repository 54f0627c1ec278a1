using Redouble.Core.Hashing;

namespace Redouble.Core.Tests.Hashing;

public class Crc16Tests
{
    [Fact]
    public void HasTheCheckValueOfXmodem()
    {
        Assert.Equal(0x31C3, Crc16.Compute("123456789"u8));
        Assert.Equal(0, Crc16.Compute([]));
    }

    [Fact]
    public void AgreesWithBitwiseDivision()
    {
        var random = new Random(78);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            int crc = 0;
            foreach (byte value in bytes)
            {
                for (int bit = 7; bit >= 0; bit--)
                {
                    bool carry = (((crc >> 15) ^ (value >> bit)) & 1) != 0;
                    crc = ((crc << 1) ^ (carry ? 0x1021 : 0)) & 0xFFFF;
                }
            }

            Assert.Equal(crc, Crc16.Compute(bytes));
        }
    }
}
