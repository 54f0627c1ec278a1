using Redouble.Engine.Sessions;
using Redouble.Server.Loop;

namespace Redouble.Server.Tests.Loop;

public sealed class LoopTokenTests
{
    /// <summary>Slots are reused last in, first out: short connections always take the same one, which after 2^30 of them served nobody any more.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 30) - 2)]
    [InlineData((1 << 30) - 1)]
    public void Every_generation_comes_back_from_the_poller(int before)
    {
        var handle = new SessionHandle((1 << 30) - 1, SessionHandle.GenerationAfter(before));
        var token = LoopToken.Of(handle);
        Assert.Equal((handle, LoopToken.Client), (new SessionHandle(LoopToken.Slot(token), LoopToken.Generation(token)), LoopToken.Kind(token)));
        Assert.NotEqual(before, handle.Generation);
    }
}
