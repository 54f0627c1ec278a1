using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

public sealed class OffsetTimeMarksTests
{
    [Fact]
    public void ALongHistoryGetsCoarserAndStaysBounded()
    {
        var marks = new OffsetTimeMarks();
        const int appends = 200_000;
        for (var i = 0; i < appends; i++)
        {
            var offset = 1 + (10L * i);
            var now = 2_000L * i;
            Assert.True(marks.IsDue(offset, now));
            marks.Add(offset, now, offset - 1);
        }

        Assert.InRange(marks.Count, OffsetTimeMarks.CountMax / 4, OffsetTimeMarks.CountMax);
        for (var i = 0; i < appends; i += 997)
        {
            var offset = 1 + (10L * i);
            var age = (2_000L * appends) - (2_000L * i);
            Assert.InRange(2_000L * i - marks.TimeOf(offset, -1), 0, Math.Max(2_000, age));
        }
    }

    [Fact]
    public void SixtyFourKilobytesOpenAnIntervalWithinAMillisecond()
    {
        var marks = new OffsetTimeMarks();
        marks.Add(1, 0, 0);
        Assert.False(marks.IsDue(65_536, 999));
        Assert.True(marks.IsDue(65_537, 0));
        Assert.True(marks.IsDue(2, 1_000));
    }

    [Fact]
    public void IntervalsBeforeTheHistoryAreForgotten()
    {
        var marks = new OffsetTimeMarks();
        for (var i = 0; i < 100; i++) marks.Add(1 + (100 * i), 1_000 * i, 100 * i);
        marks.TrimBefore(5_050);
        Assert.Equal(50, marks.Count);
        Assert.Equal(50_000, marks.TimeOf(5_050, -1));
        marks.Clear();
        Assert.Equal(-1, marks.TimeOf(5_050, -1));
    }
}
