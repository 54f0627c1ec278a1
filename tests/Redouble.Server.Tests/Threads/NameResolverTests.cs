using System.Net;
using System.Net.Sockets;
using Redouble.Server.Threads;

namespace Redouble.Server.Tests.Threads;

public sealed class NameResolverTests : IDisposable
{
    private const int BoundMs = 10_000;
    private readonly SemaphoreSlim _woken = new(0);
    private readonly ManualResetEventSlim _release = new(false);
    private int _lookups;

    public void Dispose()
    {
        _release.Set();
        _woken.Dispose();
    }

    [Fact]
    public void TheAnswerIsDeliveredOnceAndPrefersIPv4()
    {
        var resolver = new NameResolver(_ => [IPAddress.IPv6Loopback, IPAddress.Loopback], () => _woken.Release());
        resolver.Begin("both");
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Equal(IPAddress.Loopback, answer.Address);
        Assert.False(resolver.TryTake(out _));
    }

    [Fact]
    public void BeginReturnsWhileTheLookupTakesItsTime()
    {
        var resolver = new NameResolver(Slow, () => _woken.Release());
        resolver.Begin("slow");
        Assert.False(resolver.TryTake(out _));
        _release.Set();
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Equal(IPAddress.Parse("10.0.0.1"), answer.Address);
    }

    [Fact]
    public void ASupersededNameDelaysNoOtherAndItsAnswerIsDropped()
    {
        var resolver = new NameResolver(name => name == "slow" ? Slow(name) : [IPAddress.Loopback], () => _woken.Release());
        resolver.Begin("slow");
        resolver.Begin("fast");
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Equal(IPAddress.Loopback, answer.Address);
        _release.Set();
        Assert.False(_woken.Wait(100));
        Assert.False(resolver.TryTake(out _));
    }

    [Fact]
    public void ACancelledNameIsNotDelivered()
    {
        var resolver = new NameResolver(Slow, () => _woken.Release());
        resolver.Begin("slow");
        resolver.Cancel();
        _release.Set();
        Assert.False(_woken.Wait(100));
        Assert.False(resolver.TryTake(out _));
    }

    [Fact]
    public void ANameThatIsBeingLookedUpIsNotLookedUpAgain()
    {
        var resolver = new NameResolver(Slow, () => _woken.Release());
        for (var attempt = 0; attempt < 20; attempt++)
        {
            resolver.Begin("slow");
            resolver.Cancel();
        }

        resolver.Begin("slow");
        _release.Set();
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Equal(IPAddress.Parse("10.0.0.1"), answer.Address);
        Assert.Equal(1, Volatile.Read(ref _lookups));
    }

    [Fact]
    public void TooManySlowNamesAreRefusedByCount()
    {
        var resolver = new NameResolver(Slow, () => _woken.Release());
        for (var i = 0; i < NameResolver.LookupsMax; i++) resolver.Begin($"slow{i}");
        resolver.Begin("one more");
        Assert.True(resolver.TryTake(out var answer));
        Assert.Null(answer.Address);
        Assert.Contains($"{NameResolver.LookupsMax} other names", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(SocketException))]
    [InlineData(typeof(ArgumentOutOfRangeException))] // what the base library says to a name of more than 255 characters
    public void FailuresAreAnswers(Type failure)
    {
        var resolver = new NameResolver(_ => throw (Exception)Activator.CreateInstance(failure)!, () => _woken.Release());
        resolver.Begin("bad");
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Null(answer.Address);
        Assert.NotEmpty(answer.Error);
    }

    [Fact]
    public void ANameWithoutAddressesDoesNotResolve()
    {
        var resolver = new NameResolver(_ => [], () => _woken.Release());
        resolver.Begin("empty");
        Assert.True(_woken.Wait(BoundMs));
        Assert.True(resolver.TryTake(out var answer));
        Assert.Null(answer.Address);
    }

    private IPAddress[] Slow(string name)
    {
        Interlocked.Increment(ref _lookups);
        _release.Wait(BoundMs);
        return [IPAddress.Parse("10.0.0.1")];
    }
}
