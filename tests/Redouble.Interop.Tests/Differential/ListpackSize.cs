using System.Globalization;

namespace Redouble.Interop.Tests.Differential;

/// <summary>How many bytes an element takes in a listpack, computed apart from the server's own code.</summary>
internal static class ListpackSize
{
    /// <summary>Header and terminator.</summary>
    public const int Empty = 7;

    public static int Of(string element)
    {
        int body = long.TryParse(element, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number.ToString(CultureInfo.InvariantCulture) == element
            ? number switch
            {
                >= 0 and <= 127 => 1,
                >= -4096 and <= 4095 => 2,
                >= short.MinValue and <= short.MaxValue => 3,
                >= -8388608 and <= 8388607 => 4,
                >= int.MinValue and <= int.MaxValue => 5,
                _ => 9,
            }
            : element.Length + (element.Length < 64 ? 1 : element.Length < 4096 ? 2 : 5);
        int back = body < 128 ? 1 : body < 16384 ? 2 : body < 2097152 ? 3 : body < 268435456 ? 4 : 5;
        return body + back;
    }
}
