namespace Redouble.Engine.Commands.Geo;

/// <summary>A place on the earth, in degrees.</summary>
/// <param name="Longitude">-180 to 180.</param>
/// <param name="Latitude">-85.05112878 to 85.05112878: what Mercator's projection shows as a square.</param>
internal readonly record struct GeoPosition(double Longitude, double Latitude)
{
    /// <summary>Greatest longitude, west as east.</summary>
    public const double LongitudeMax = 180;

    /// <summary>Greatest latitude, south as north.</summary>
    public const double LatitudeMax = 85.05112878;
}

/// <summary>The rectangle of a cell, in degrees.</summary>
internal readonly record struct GeoArea(double West, double East, double South, double North)
{
    /// <summary>The place in its middle.</summary>
    public GeoPosition Middle => new(
        Math.Clamp((West + East) / 2, -GeoPosition.LongitudeMax, GeoPosition.LongitudeMax),
        Math.Clamp((South + North) / 2, -GeoPosition.LatitudeMax, GeoPosition.LatitudeMax));
}

/// <summary>
/// A cell of the grid that halves longitudes and latitudes <paramref name="Step"/> times: the column, the row, and the geohash of both.
/// <code>
///   column  c2 c1 c0        geohash  c2 r2 c1 r1 c0 r0      52 bits with the 26 steps of a score, which a double holds exactly
///   row     r2 r1 r0        cells of a coarser grid are ranges of scores
/// </code>
/// </summary>
internal readonly record struct GeoCell(uint Column, uint Row, int Step)
{
    /// <summary>Steps of a score.</summary>
    public const int StepMax = 26;

    /// <summary>The geohash: 2 bits for each step.</summary>
    public ulong Bits => Spread(Column) << 1 | Spread(Row);

    /// <summary>The lowest score of places in the cell.</summary>
    public double ScoreMin => Bits << (2 * (StepMax - Step));

    /// <summary>Above all scores of places in the cell.</summary>
    public double ScoreEnd => (Bits + 1) << (2 * (StepMax - Step));

    /// <summary>The rectangle that it covers.</summary>
    public GeoArea Area
    {
        get
        {
            const double width = 2 * GeoPosition.LongitudeMax, height = 2 * GeoPosition.LatitudeMax;
            double cells = 1UL << Step;
            return new GeoArea(
                -GeoPosition.LongitudeMax + (Column / cells * width), -GeoPosition.LongitudeMax + (unchecked(Column + 1) / cells * width),
                -GeoPosition.LatitudeMax + (Row / cells * height), -GeoPosition.LatitudeMax + (unchecked(Row + 1) / cells * height));
        }
    }

    /// <summary>The cell of a place.</summary>
    /// <param name="position">The place.</param>
    /// <param name="step">How fine the grid is.</param>
    /// <param name="latitudeMax">Greatest latitude of the grid; that of the usual geohash is 90.</param>
    public static GeoCell Of(GeoPosition position, int step, double latitudeMax = GeoPosition.LatitudeMax)
    {
        double cells = 1UL << step;
        var column = (position.Longitude + GeoPosition.LongitudeMax) / (2 * GeoPosition.LongitudeMax) * cells;
        var row = (position.Latitude + latitudeMax) / (2 * latitudeMax) * cells;
        return new GeoCell((uint)column, (uint)row, step);
    }

    /// <summary>The cell of a score, whatever number it is.</summary>
    public static GeoCell OfScore(double score)
    {
        var bits = ToBits(score);
        return new GeoCell(Gather(bits >> 1), Gather(bits), StepMax);
    }

    /// <summary>The cell so many columns to the east and rows to the north; beyond the last comes the first.</summary>
    public GeoCell Neighbor(int east, int north)
    {
        var mask = (uint)((1UL << Step) - 1);
        return new GeoCell(
            east == 0 ? Column : unchecked((uint)(Column + east)) & mask,
            north == 0 ? Row : unchecked((uint)(Row + north)) & mask,
            Step);
    }

    // What a C compiler for this machine makes of the conversion, negative and too large numbers included: the server compared with does no better.
    private static ulong ToBits(double score)
    {
        const double signBit = 9223372036854775808.0;
        if (score < signBit) return unchecked((ulong)(long)score);
        return score - signBit < signBit ? (ulong)(long)(score - signBit) ^ 1UL << 63 : 0;
    }

    // Bit n of the number goes to bit 2n.
    private static ulong Spread(uint number)
    {
        ulong x = number;
        x = (x | x << 16) & 0x0000FFFF0000FFFF;
        x = (x | x << 8) & 0x00FF00FF00FF00FF;
        x = (x | x << 4) & 0x0F0F0F0F0F0F0F0F;
        x = (x | x << 2) & 0x3333333333333333;
        return (x | x << 1) & 0x5555555555555555;
    }

    // Bit 2n goes to bit n.
    private static uint Gather(ulong bits)
    {
        var x = bits & 0x5555555555555555;
        x = (x | x >> 1) & 0x3333333333333333;
        x = (x | x >> 2) & 0x0F0F0F0F0F0F0F0F;
        x = (x | x >> 4) & 0x00FF00FF00FF00FF;
        x = (x | x >> 8) & 0x0000FFFF0000FFFF;
        return (uint)(x | x >> 16);
    }
}
