using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Loop;

/// <summary>Keeps what it is told, and reports nothing but what another one does that it is given.</summary>
internal sealed class RecordingPoller(IPoller? inner = null) : IPoller
{
    public List<long> Tokens { get; } = [];

    public List<long> Modified { get; } = [];

    public int Count => Tokens.Count;

    /// <summary>What <see cref="Add"/> says instead of taking anything.</summary>
    public IoResult? Refusal { get; set; }

    public IoResult Add(int descriptor, long token, PollInterest interest)
    {
        if (Refusal is { } refusal) return refusal;
        Tokens.Add(token);
        return inner?.Add(descriptor, token, interest) ?? IoResult.Done(0);
    }

    public IoResult Modify(int descriptor, long token, PollInterest interest)
    {
        Modified.Add(token);
        return inner?.Modify(descriptor, token, interest) ?? IoResult.Done(0);
    }

    public IoResult Remove(int descriptor) => inner?.Remove(descriptor) ?? IoResult.Done(0);

    public int Wait(long timeout, Span<PollEvent> events) => inner?.Wait(timeout, events) ?? 0;

    public void Wake()
    {
    }

    public void Dispose()
    {
    }
}
