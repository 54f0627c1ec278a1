namespace Redouble.Core.Text;

/// <summary>Single hexadecimal digits.</summary>
public static class HexDigits
{
    /// <summary>0 to 15 for 0–9, a–f and A–F, −1 for any other byte.</summary>
    public static int ValueOf(byte digit)
    {
        uint number = (uint)digit - '0';
        if (number <= 9)
        {
            return (int)number;
        }

        uint letter = (digit | 0x20u) - 'a';
        return letter <= 5 ? (int)letter + 10 : -1;
    }
}
