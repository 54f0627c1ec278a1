using Redouble.Engine.Hosting;

namespace Redouble.Engine.Persistence;

/// <summary>
/// <c>rdb-key-save-delay</c> and <c>key-load-delay</c>: make a save or a load last, for tests that want to see a server meanwhile. A positive value is
/// microseconds per key, a negative one keys per microsecond.
/// </summary>
internal static class KeyDelay
{
    /// <summary>Sleeps behind a key.</summary>
    /// <param name="host">Whose thread sleeps.</param>
    /// <param name="delay">The directive; not 0.</param>
    /// <param name="keys">Keys so far, this one included.</param>
    public static void Wait(INodeHost host, long delay, long keys)
    {
        if (delay > 0) host.Sleep(delay);
        else if (keys % -delay == 0) host.Sleep(1);
    }
}
