using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class ErrnoTests
{
    [Theory]
    [InlineData(Errno.BrokenPipe, true)]
    [InlineData(Errno.ConnectionReset, true)]
    [InlineData(Errno.TimedOut, true)]
    [InlineData(Errno.HostUnreachable, true)]
    [InlineData(Errno.NetworkUnreachable, true)]
    [InlineData(Errno.ConnectionRefused, false)]
    [InlineData(Errno.NoMemory, false)]
    public void A_lost_peer_is_told_from_other_errors(int errno, bool isLost) => Assert.Equal(isLost, Errno.IsOfLostPeer(errno));
}
