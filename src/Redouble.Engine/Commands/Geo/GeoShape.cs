namespace Redouble.Engine.Commands.Geo;

/// <summary>
/// A circle or a rectangle around a place: what GEOSEARCH looks in. Distances are those on a sphere (the haversine formula).
/// </summary>
internal struct GeoShape
{
    private const double EarthRadiusMeters = 6372797.560856;
    private const double MercatorMaxMeters = 20037726.37;
    private const double RadiansPerDegree = Math.PI / 180;

    /// <summary>The place in the middle.</summary>
    public GeoPosition Center;

    /// <summary>Whether it is a rectangle of <see cref="Width"/> and <see cref="Height"/>; else a circle of <see cref="Radius"/>.</summary>
    public bool IsBox;

    /// <summary>In units.</summary>
    public double Radius;

    /// <summary>In units.</summary>
    public double Width;

    /// <summary>In units.</summary>
    public double Height;

    /// <summary>Meters of a unit.</summary>
    public double UnitMeters;

    /// <summary>Meters between two places.</summary>
    public static double Distance(GeoPosition a, GeoPosition b)
    {
        var v = Math.Sin((Radians(b.Longitude) - Radians(a.Longitude)) / 2);
        if (v == 0) return LatitudeDistance(a.Latitude, b.Latitude);
        double south = Radians(a.Latitude), north = Radians(b.Latitude);
        var u = Math.Sin((north - south) / 2);
        return 2 * EarthRadiusMeters * Math.Asin(Math.Sqrt((u * u) + (Math.Cos(south) * Math.Cos(north) * v * v)));
    }

    /// <summary>Whether a place is in the shape, and how many meters it is from the middle.</summary>
    public readonly bool Contains(GeoPosition position, out double distance)
    {
        distance = 0;
        if (!IsBox)
        {
            distance = Distance(Center, position);
            return distance <= Radius * UnitMeters;
        }

        if (LatitudeDistance(position.Latitude, Center.Latitude) > Height * UnitMeters / 2) return false;
        if (Distance(position, new GeoPosition(Center.Longitude, position.Latitude)) > Width * UnitMeters / 2) return false;
        distance = Distance(Center, position);
        return true;
    }

    /// <summary>
    /// The cells in which all places of the shape lie: the one in the middle and its eight neighbours, of a grid that is as fine as that allows. Those that
    /// the shape does not reach have step 0. Redis' order: middle, north, south, east, west, north-east, north-west, south-east, south-west.
    /// </summary>
    public readonly void FindCells(Span<GeoCell> cells)
    {
        var bounds = Bounds();
        var step = EstimateStep();
        var middle = GeoCell.Of(Center, step);
        if (step > 1 && IsTooFine(middle, bounds)) middle = GeoCell.Of(Center, --step);
        var area = middle.Area;
        var canExclude = step >= 2;
        var noSouth = canExclude && area.South < bounds.South;
        var noNorth = canExclude && area.North > bounds.North;
        var noWest = canExclude && area.West < bounds.West;
        var noEast = canExclude && area.East > bounds.East;
        cells[0] = middle;
        cells[1] = noNorth ? default : middle.Neighbor(0, 1);
        cells[2] = noSouth ? default : middle.Neighbor(0, -1);
        cells[3] = noEast ? default : middle.Neighbor(1, 0);
        cells[4] = noWest ? default : middle.Neighbor(-1, 0);
        cells[5] = noNorth || noEast ? default : middle.Neighbor(1, 1);
        cells[6] = noNorth || noWest ? default : middle.Neighbor(-1, 1);
        cells[7] = noSouth || noEast ? default : middle.Neighbor(1, -1);
        cells[8] = noSouth || noWest ? default : middle.Neighbor(-1, -1);
    }

    private static double Radians(double degrees) => degrees * RadiansPerDegree;

    private static double Degrees(double radians) => radians / RadiansPerDegree;

    private static double LatitudeDistance(double a, double b) => EarthRadiusMeters * Math.Abs(Radians(b) - Radians(a));

    // Near an edge of its cell, the shape may reach beyond the neighbours.
    private static bool IsTooFine(GeoCell middle, GeoArea bounds) =>
        middle.Neighbor(0, 1).Area.North < bounds.North || middle.Neighbor(0, -1).Area.South > bounds.South
        || middle.Neighbor(1, 0).Area.East < bounds.East || middle.Neighbor(-1, 0).Area.West > bounds.West;

    // The side that is nearer to the pole has the wider range of longitudes in it.
    private readonly GeoArea Bounds()
    {
        var height = UnitMeters * (IsBox ? Height / 2 : Radius);
        var width = UnitMeters * (IsBox ? Width / 2 : Radius);
        var latitudes = Degrees(height / EarthRadiusMeters);
        var widest = Center.Latitude < 0 ? Center.Latitude - latitudes : Center.Latitude + latitudes;
        var longitudes = Degrees(width / EarthRadiusMeters / Math.Cos(Radians(widest)));
        return new GeoArea(Center.Longitude - longitudes, Center.Longitude + longitudes, Center.Latitude - latitudes, Center.Latitude + latitudes);
    }

    private readonly int EstimateStep()
    {
        var meters = UnitMeters * (IsBox ? Math.Sqrt((Width / 2 * (Width / 2)) + (Height / 2 * (Height / 2))) : Radius);
        if (meters == 0) return GeoCell.StepMax;
        var step = 1;
        while (meters < MercatorMaxMeters)
        {
            meters *= 2;
            step++;
        }

        step -= 2; // so that the shape is within the neighbours in most cases
        var latitude = Math.Abs(Center.Latitude);
        if (latitude > 66) step--;
        if (latitude > 80) step--;
        return Math.Clamp(step, 1, GeoCell.StepMax);
    }
}
