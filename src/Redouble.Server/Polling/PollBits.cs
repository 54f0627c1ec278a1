namespace Redouble.Server.Polling;

/// <summary>The event bits of the kernel, which epoll and poll number alike.</summary>
internal static class PollBits
{
    internal const uint In = 0x001;
    internal const uint Out = 0x004;
    internal const uint Failed = 0x008 | 0x010 | 0x020; // error, hang-up, and of poll: no such descriptor

    /// <summary>A time in microseconds for calls that count in milliseconds: never less.</summary>
    internal static int Milliseconds(long microseconds) => microseconds < 0 ? -1 : (int)Math.Min((microseconds + 999) / 1000, int.MaxValue);

    /// <summary>What to ask the kernel for.</summary>
    internal static uint From(PollInterest interest) =>
        ((interest & PollInterest.Read) != PollInterest.None ? In : 0) | ((interest & PollInterest.Write) != PollInterest.None ? Out : 0);

    /// <summary>What the kernel has answered.</summary>
    internal static PollInterest ToInterest(uint bits)
    {
        if ((bits & Failed) != 0) return PollInterest.Read | PollInterest.Write | PollInterest.Failed;
        var ready = (bits & In) != 0 ? PollInterest.Read : PollInterest.None;
        return (bits & Out) != 0 ? ready | PollInterest.Write : ready;
    }
}
