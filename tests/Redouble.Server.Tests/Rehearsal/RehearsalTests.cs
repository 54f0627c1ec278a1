namespace Redouble.Server.Tests.Rehearsal;

public sealed class RehearsalTests
{
    [Fact]
    public void It_goes_through_save_load_and_sync() => Redouble.Server.Rehearsal.Rehearsal.Run(pauseMs: 0);
}
