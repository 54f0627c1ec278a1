using Redouble.Engine.Sessions;

namespace Redouble.Server.Loop;

/// <summary>What a poller's event is about, in 64 bits: <c>| kind, 4 | generation, 30 | slot, 30 |</c>.</summary>
internal static class LoopToken
{
    public const int Client = 0;
    public const int Listener = 1;
    public const int PrimaryLink = 2;
    public const int SnapshotChannel = 3;
    public const int SideConnection = 5;
    private const int Bits = SessionHandle.GenerationBits;
    private const long Mask = (1L << Bits) - 1;

    public static long Of(SessionHandle handle) => (uint)handle.Slot | (handle.Generation & Mask) << Bits;

    public static long Of(int kind, int number) => (long)kind << (2 * Bits) | (uint)number;

    public static int Kind(long token) => (int)(token >> (2 * Bits));

    public static int Slot(long token) => (int)(token & Mask);

    public static int Generation(long token) => (int)(token >> Bits & Mask);
}
