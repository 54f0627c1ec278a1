using System.Text;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Monitoring;

/// <summary>One slow call.</summary>
/// <param name="TimeSeconds">Unix time in seconds of its end.</param>
/// <param name="Microseconds">Its duration.</param>
/// <param name="Arguments">Its arguments, cut to size.</param>
/// <param name="Address">The client's address.</param>
/// <param name="Name">The client's name.</param>
public sealed record SlowLogEntry(long TimeSeconds, long Microseconds, byte[][] Arguments, string Address, byte[] Name)
{
    private const int ArgumentsMax = 32;
    private const int ArgumentBytesMax = 128;

    /// <summary>Its number in the log.</summary>
    public long Id { get; internal set; }

    /// <summary>Describes a call: at most 32 arguments of at most 128 bytes, what is left out is counted.</summary>
    public static SlowLogEntry Of(Session session, in CommandArguments arguments, long timeSeconds, long microseconds)
    {
        var kept = new byte[Math.Min(arguments.Count, ArgumentsMax)][];
        for (var i = 0; i < kept.Length; i++)
        {
            var isRest = i == ArgumentsMax - 1 && arguments.Count > ArgumentsMax;
            if (isRest) kept[i] = Encoding.ASCII.GetBytes($"... ({arguments.Count - ArgumentsMax + 1} more arguments)");
            else if (Redaction.Hides(session, i)) kept[i] = Redaction.Text.ToArray();
            else kept[i] = Cut(arguments[i]);
        }

        return new SlowLogEntry(timeSeconds, microseconds, kept, session.Address, session.Name);
    }

    private static byte[] Cut(ReadOnlySpan<byte> argument)
    {
        if (argument.Length <= ArgumentBytesMax) return argument.ToArray();
        return [.. argument[..ArgumentBytesMax], .. Encoding.ASCII.GetBytes($"... ({argument.Length - ArgumentBytesMax} more bytes)")];
    }
}
