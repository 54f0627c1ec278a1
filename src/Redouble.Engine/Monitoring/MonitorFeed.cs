using System.Buffers;
using System.Globalization;
using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Monitoring;

/// <summary>
/// MONITOR: every executed command as a status line for each listener,
/// <c>+1700000000.123456 [0 127.0.0.1:50000] "SET" "k" "v"</c>; a script's commands come from <c>lua</c>. Commands for administrators are
/// not shown, secrets neither.
/// </summary>
public sealed class MonitorFeed(Node node)
{
    private const int RetainedMax = 64 * 1024;
    private ArrayBufferWriter<byte> _line = new(256);

    /// <summary>Makes a session a listener.</summary>
    public void Add(Session session)
    {
        if (session.Has(SessionFlags.Monitor | SessionFlags.Replica)) return;
        session.Flags |= SessionFlags.Monitor;
        session.UpdateRefuseMask();
        node.Monitors.Add(session);
    }

    /// <summary>Shows a command that has been executed.</summary>
    public void Send(Session session, CommandInfo info, in CommandArguments arguments, int database)
    {
        if ((info.Flags & (CommandFlags.SkipMonitor | CommandFlags.Admin)) != CommandFlags.None) return;
        Format(session, arguments, database);
        foreach (var monitor in node.Monitors)
        {
            if (monitor.Has(SessionFlags.ReplyOff) || !monitor.CanBeTold) continue;
            monitor.Output.Write(_line.WrittenSpan);
            node.MarkOutput(monitor);
            node.CheckOutputLimit(monitor);
        }

        if (_line.Capacity > RetainedMax) _line = new ArrayBufferWriter<byte>(256);
    }

    private void Format(Session session, in CommandArguments arguments, int database)
    {
        var now = node.Parts.Clock.UnixMicroseconds;
        var source = session.Has(SessionFlags.UnixSocket) ? $"unix:{session.LocalAddress[..Math.Max(0, session.LocalAddress.LastIndexOf(':'))]}" : session.Address;
        _line.ResetWrittenCount();
        Write(string.Create(CultureInfo.InvariantCulture, $"+{now / 1_000_000}.{now % 1_000_000:D6} [{database} {source}]"));
        for (var i = 0; i < arguments.Count; i++)
        {
            _line.Write(" "u8);
            QuotedText.Append(Redaction.Hides(session, i) ? Redaction.Text : arguments[i], _line);
        }

        _line.Write("\r\n"u8);
    }

    private void Write(string text)
    {
        var span = _line.GetSpan(text.Length);
        _line.Advance(Encoding.Latin1.GetBytes(text, span));
    }
}
