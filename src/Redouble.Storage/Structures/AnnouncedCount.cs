namespace Redouble.Storage.Structures;

/// <summary>
/// A number of records that was announced to come into a table, and the leaps by which the table is given room for them:
/// <code>
/// announced 1,000,000     room for 1,954 ─► 15,625 ─► 125,000 ─► 1,000,000     each when the one before is used
/// </code>
/// The number may be a lie, and memory is not taken for more than is there: the slots for eight times the records take about as much as the records. In
/// all, one record in seven is moved; growth segment by segment moves each of them once. There are few databases, and <see cref="RoomMax"/> slots are 17 MB:
/// there the leaps are longer. Beyond it the table grows by segments: a leap is work in one go, some milliseconds for that many.
/// </summary>
/// <param name="announced">The number.</param>
/// <param name="leapMax">For how many times as many as there are room is made.</param>
internal struct AnnouncedCount(long announced, int leapMax = 8)
{
    /// <summary>Most records that room is made for.</summary>
    public const int RoomMax = 1 << 20;

    private const int AtOnce = 8192; // two segments of 64 KB, whatever has come

    private readonly long _total = Math.Min(announced, RoomMax);
    private long _reserved;

    /// <summary>Whether the table should be given room before it holds <paramref name="count"/> records, and for how many.</summary>
    public bool TryLeap(long count, out long room)
    {
        room = 0;
        if (count <= _reserved || count > _total) return false;
        room = _total;
        while (room > Math.Max(AtOnce, count * leapMax)) room = (room + leapMax - 1) / leapMax;
        _reserved = room;
        return true;
    }
}
