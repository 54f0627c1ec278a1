using System.Text;
using Redouble.Core.Hashing;

namespace Redouble.Core.Tests.Hashing;

public class KeySlotTests
{
    // Recorded from CLUSTER KEYSLOT of redis-server 7.0.15.
    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 15495)]
    [InlineData("foo", 12182)]
    [InlineData("bar", 5061)]
    [InlineData("{user1000}.following", 3443)]
    [InlineData("{user1000}.followers", 3443)]
    [InlineData("foo{}{bar}", 8363)]
    [InlineData("foo{{bar}}zap", 4015)]
    [InlineData("foo{bar}{zap}", 5061)]
    [InlineData("{", 4092)]
    [InlineData("}", 12090)]
    [InlineData("{}", 15257)]
    [InlineData("{a", 10276)]
    [InlineData("a}", 5921)]
    [InlineData("}{a}", 15495)]
    [InlineData("{}a", 10875)]
    [InlineData("{a}b{c}", 15495)]
    [InlineData("user:{42}", 8000)]
    [InlineData("123456789", 12739)]
    public void IsThatOfRedis(string key, int slot) => Assert.Equal(slot, KeySlot.Of(Encoding.ASCII.GetBytes(key)));
}
