using Redouble.Core.Platform;

namespace Redouble.Simulation.Tests.Machinery;

/// <summary>
/// The clocks of one process. Its wall clock is off by up to an hour and jumps; its monotonic clock starts anywhere. Within a turn each
/// look at the clock costs some time, so that work in slices really is cut into slices; the turn ends that much later.
/// </summary>
internal sealed class MachineClock(World world, long wallOffset, long costOfRead) : IClock
{
    private const long Epoch = 1_700_000_000_000_000;
    private readonly long _start = world.Dice.Between(1_000_000, 1_000_000_000_000) - world.Now;

    /// <summary>Microseconds by which the wall clock is ahead.</summary>
    public long WallOffset { get; set; } = wallOffset;

    /// <summary>Time that the present turn has taken.</summary>
    public long Elapsed { get; private set; }

    public long UnixMicroseconds => Epoch + world.Now + Elapsed + WallOffset;

    public long MonotonicMicroseconds
    {
        get
        {
            Elapsed += costOfRead;
            return Local(world.Now) + Elapsed;
        }
    }

    /// <summary>The world's time of a monotonic time.</summary>
    public long ToWorld(long monotonic) => monotonic == long.MaxValue ? long.MaxValue : monotonic - _start;

    public void BeginTurn() => Elapsed = 0;

    /// <summary>The present turn takes that much longer.</summary>
    public void Spend(long microseconds) => Elapsed += microseconds;

    private long Local(long time) => time + _start;
}
