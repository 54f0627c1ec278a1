namespace Redouble.Core.Hashing;

/// <summary>
/// CRC-16/XMODEM, by which Redis Cluster assigns keys to slots: polynomial 0x1021, start 0, no reflection, no final xor; "123456789" gives
/// 0x31C3. One table of 256 entries, one byte per step: keys are short.
/// </summary>
public static class Crc16
{
    private const int Polynomial = 0x1021;

    private static readonly ushort[] Table = CreateTable();

    /// <summary>The checksum of all bytes.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        ushort[] table = Table;
        uint crc = 0;
        foreach (byte value in bytes)
        {
            crc = (crc << 8) ^ table[(byte)((crc >> 8) ^ value)];
        }

        return (ushort)crc;
    }

    private static ushort[] CreateTable()
    {
        var table = new ushort[256];
        for (int i = 0; i < table.Length; i++)
        {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc << 1) ^ ((crc & 0x8000) != 0 ? Polynomial : 0);
            }

            table[i] = (ushort)crc;
        }

        return table;
    }
}
