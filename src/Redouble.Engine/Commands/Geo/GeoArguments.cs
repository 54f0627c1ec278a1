using System.Globalization;
using Redouble.Core.Text;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Geo;

/// <summary>Places, distances and units in arguments and replies.</summary>
internal static class GeoArguments
{
    /// <summary>Reads longitude and latitude, or replies with Redis' error and returns false.</summary>
    public static bool TryPosition(CommandContext c, int index, out GeoPosition position)
    {
        position = default;
        if (!Doubles.TryParse(c[index], out var longitude) || !Doubles.TryParse(c[index + 1], out var latitude))
        {
            c.Reply.Error("ERR value is not a valid float"u8);
            return false;
        }

        position = new GeoPosition(longitude, latitude);
        if (Math.Abs(longitude) <= GeoPosition.LongitudeMax && Math.Abs(latitude) <= GeoPosition.LatitudeMax) return true;
        c.Reply.Error($"ERR invalid longitude,latitude pair {Six(longitude)},{Six(latitude)}");
        return false;
    }

    /// <summary>Reads a radius and its unit, or replies with Redis' error and returns false.</summary>
    public static bool TryRadius(CommandContext c, int index, ref GeoShape shape)
    {
        if (!Doubles.TryParse(c[index], out shape.Radius))
        {
            c.Reply.Error("ERR need numeric radius"u8);
            return false;
        }

        if (shape.Radius >= 0) return TryUnit(c, index + 1, out shape.UnitMeters);
        c.Reply.Error("ERR radius cannot be negative"u8);
        return false;
    }

    /// <summary>Reads width, height and their unit, or replies with Redis' error and returns false.</summary>
    public static bool TryBox(CommandContext c, int index, ref GeoShape shape)
    {
        shape.IsBox = true;
        if (!Doubles.TryParse(c[index], out shape.Width))
        {
            c.Reply.Error("ERR need numeric width"u8);
            return false;
        }

        if (!Doubles.TryParse(c[index + 1], out shape.Height))
        {
            c.Reply.Error("ERR need numeric height"u8);
            return false;
        }

        if (shape.Width >= 0 && shape.Height >= 0) return TryUnit(c, index + 2, out shape.UnitMeters);
        c.Reply.Error("ERR height or width cannot be negative"u8);
        return false;
    }

    /// <summary>Reads a unit, or replies with Redis' error and returns false.</summary>
    public static bool TryUnit(CommandContext c, int index, out double meters)
    {
        meters = c.Is(index, "m"u8) ? 1 : c.Is(index, "km"u8) ? 1000 : c.Is(index, "ft"u8) ? 0.3048 : c.Is(index, "mi"u8) ? 1609.34 : 0;
        if (meters > 0) return true;
        c.Reply.Error("ERR unsupported unit provided. please use M, KM, FT, MI"u8);
        return false;
    }

    /// <summary>A distance with four decimals, as a bulk.</summary>
    public static void ReplyDistance(CommandContext c, double distance)
    {
        const int scale = 10000;
        var scaled = (long)Math.Round(distance * scale, MidpointRounding.ToEven);
        Span<byte> text = stackalloc byte[Integers.MaxLength + 2];
        var length = Integers.Format(scaled / scale, text);
        text[length] = (byte)'.';
        var decimals = scaled % scale;
        for (var i = length + 4; i > length; i--)
        {
            text[i] = (byte)('0' + (decimals % 10));
            decimals /= 10;
        }

        c.Reply.Bulk(text[..(length + 5)]);
    }

    /// <summary>A place as two numbers.</summary>
    public static void ReplyPosition(CommandContext c, GeoPosition position)
    {
        c.Reply.ArrayHeader(2);
        ReplyDegrees(c, position.Longitude);
        ReplyDegrees(c, position.Latitude);
    }

    private static void ReplyDegrees(CommandContext c, double degrees)
    {
        Span<byte> text = stackalloc byte[32]; // sign, 3 digits, point, 17 decimals
        c.Reply.Double(text[..LongDouble.FromDouble(degrees).Format(text)]);
    }

    // C's %f.
    private static string Six(double value) =>
        double.IsInfinity(value) ? value > 0 ? "inf" : "-inf" : value.ToString("F6", CultureInfo.InvariantCulture);
}
