namespace Redouble.Core.Text;

/// <summary>
/// Powers of ten as 64-bit significands with their binary exponents, every eighth from 10^−348 to 10^340: enough to bring any double into a
/// narrow range of binary exponents with one multiplication (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
/// Integers", PLDI 2010, section 4).
/// </summary>
internal static class CachedPowers
{
    /// <summary>The first power in the table.</summary>
    public const int First = -348;

    /// <summary>Distance from one power to the next.</summary>
    public const int Step = 8;

    /// <summary>Entries of the table.</summary>
    public const int Count = 87;

    // Least and greatest binary exponent of a product: its whole part then fits in 32 bits, its fraction in 60.
    private const int MinProductExponent = -60;
    private const int MaxProductExponent = -32;
    private const int SignificandBits = 64;
    private const double LogTenOfTwo = 0.30102999566398114;

    private static ReadOnlySpan<ulong> Significands =>
    [
        0xFA8FD5A0081C0288, 0xBAAEE17FA23EBF76, 0x8B16FB203055AC76, 0xCF42894A5DCE35EA, 0x9A6BB0AA55653B2D, 0xE61ACF033D1A45DF,
        0xAB70FE17C79AC6CA, 0xFF77B1FCBEBCDC4F, 0xBE5691EF416BD60C, 0x8DD01FAD907FFC3C, 0xD3515C2831559A83, 0x9D71AC8FADA6C9B5,
        0xEA9C227723EE8BCB, 0xAECC49914078536D, 0x823C12795DB6CE57, 0xC21094364DFB5637, 0x9096EA6F3848984F, 0xD77485CB25823AC7,
        0xA086CFCD97BF97F4, 0xEF340A98172AACE5, 0xB23867FB2A35B28E, 0x84C8D4DFD2C63F3B, 0xC5DD44271AD3CDBA, 0x936B9FCEBB25C996,
        0xDBAC6C247D62A584, 0xA3AB66580D5FDAF6, 0xF3E2F893DEC3F126, 0xB5B5ADA8AAFF80B8, 0x87625F056C7C4A8B, 0xC9BCFF6034C13053,
        0x964E858C91BA2655, 0xDFF9772470297EBD, 0xA6DFBD9FB8E5B88F, 0xF8A95FCF88747D94, 0xB94470938FA89BCF, 0x8A08F0F8BF0F156B,
        0xCDB02555653131B6, 0x993FE2C6D07B7FAC, 0xE45C10C42A2B3B06, 0xAA242499697392D3, 0xFD87B5F28300CA0E, 0xBCE5086492111AEB,
        0x8CBCCC096F5088CC, 0xD1B71758E219652C, 0x9C40000000000000, 0xE8D4A51000000000, 0xAD78EBC5AC620000, 0x813F3978F8940984,
        0xC097CE7BC90715B3, 0x8F7E32CE7BEA5C70, 0xD5D238A4ABE98068, 0x9F4F2726179A2245, 0xED63A231D4C4FB27, 0xB0DE65388CC8ADA8,
        0x83C7088E1AAB65DB, 0xC45D1DF942711D9A, 0x924D692CA61BE758, 0xDA01EE641A708DEA, 0xA26DA3999AEF774A, 0xF209787BB47D6B85,
        0xB454E4A179DD1877, 0x865B86925B9BC5C2, 0xC83553C5C8965D3D, 0x952AB45CFA97A0B3, 0xDE469FBD99A05FE3, 0xA59BC234DB398C25,
        0xF6C69A72A3989F5C, 0xB7DCBF5354E9BECE, 0x88FCF317F22241E2, 0xCC20CE9BD35C78A5, 0x98165AF37B2153DF, 0xE2A0B5DC971F303A,
        0xA8D9D1535CE3B396, 0xFB9B7CD9A4A7443C, 0xBB764C4CA7A44410, 0x8BAB8EEFB6409C1A, 0xD01FEF10A657842C, 0x9B10A4E5E9913129,
        0xE7109BFBA19C0C9D, 0xAC2820D9623BF429, 0x80444B5E7AA7CF85, 0xBF21E44003ACDD2D, 0x8E679C2F5E44FF8F, 0xD433179D9C8CB841,
        0x9E19DB92B4E31BA9, 0xEB96BF6EBADF77D9, 0xAF87023B9BF0EE6B,
    ];

    /// <summary>The 64-bit significand, rounded to nearest, of 10^(First + index × Step).</summary>
    public static ulong Significand(int index) => Significands[index];

    /// <summary>The power of two that belongs to a significand: floor(log2 10^k) − 63.</summary>
    public static int BinaryExponent(int index) => ((DecimalExponent(index) * 217706) >> 16) - (SignificandBits - 1);

    /// <summary>The power of ten at an index.</summary>
    public static int DecimalExponent(int index) => First + (index * Step);

    /// <summary>
    /// The power that brings a normalized 64-bit significand with this binary exponent into range. Two neighbours may both do, and which one is taken
    /// shows in the digits now and then: the search starts at an estimate and takes the first that fits, as Redis does.
    /// </summary>
    public static int IndexFor(int exponent)
    {
        int estimate = (int)(-(exponent + Count) * LogTenOfTwo);
        int index = (estimate - First) / Step;
        while (true)
        {
            int product = exponent + BinaryExponent(index) + SignificandBits;
            if (product < MinProductExponent)
            {
                index++;
            }
            else if (product > MaxProductExponent)
            {
                index--;
            }
            else
            {
                return index;
            }
        }
    }
}
