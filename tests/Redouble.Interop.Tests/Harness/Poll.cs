using System.Diagnostics;

namespace Redouble.Interop.Tests.Harness;

/// <summary>Waiting for something that another process does.</summary>
internal static class Poll
{
    /// <summary>Asks every few milliseconds until the answer is yes. A failure says what was awaited and shows the last state.</summary>
    public static void Until(string what, Func<bool> condition, int timeoutMs = 30_000, Func<string>? state = null)
    {
        var clock = Stopwatch.StartNew();
        Exception? last = null;
        int pauseMs = 1;
        while (true)
        {
            try
            {
                if (condition())
                {
                    return;
                }

                last = null;
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException or TimeoutException or InvalidOperationException)
            {
                last = e;
            }

            if (clock.ElapsedMilliseconds > timeoutMs)
            {
                throw new TimeoutException($"waited {timeoutMs} ms for: {what}. {state?.Invoke()}", last);
            }

            Thread.Sleep(pauseMs);
            pauseMs = Math.Min(pauseMs * 2, 50);
        }
    }
}
