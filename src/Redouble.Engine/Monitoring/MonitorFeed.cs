using System.Globalization;
using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Monitoring;

/// <summary>
/// MONITOR: every executed command as a status line for each listener,
/// <c>+1700000000.123456 [0 127.0.0.1:50000] "SET" "k" "v"</c>. Commands for administrators are not shown, secrets neither.
/// </summary>
public sealed class MonitorFeed(Node node)
{
    private const int SliceMax = 4096; // bytes of an argument, of which each may be shown as four
    private const int HeadMax = 1024;  // the time, the database and the address
    private readonly byte[] _part = new byte[HeadMax + (4 * SliceMax)];
    private int _length;

    /// <summary>Makes a session a listener.</summary>
    public void Add(Session session)
    {
        session.Flags |= SessionFlags.Monitor;
        session.UpdateRefuseMask();
        node.Monitors.Add(session);
    }

    /// <summary>
    /// Shows a command that has been executed, part by part: an argument of 512 MB may be a line of 2 GB, which those whose output is limited do not get.
    /// </summary>
    public void Send(Session session, CommandInfo info, in CommandArguments arguments, int database)
    {
        if ((info.Flags & (CommandFlags.SkipMonitor | CommandFlags.Admin)) != CommandFlags.None) return;
        var now = node.Parts.Clock.UnixMicroseconds;
        var path = session.LocalAddress;
        var source = session.Has(SessionFlags.UnixSocket) ? $"unix:{path[..Math.Max(0, path.LastIndexOf(':'))]}" : session.Address;
        var head = string.Create(CultureInfo.InvariantCulture, $"+{now / 1_000_000}.{now % 1_000_000:D6} [{database} {source}]");
        _length = Encoding.Latin1.GetBytes(head, _part);
        for (var i = 0; i < arguments.Count; i++) Quote(Redaction.Hides(session, i) ? Redaction.Text : arguments[i]);
        Append("\r\n"u8);
        SendPart();
    }

    private void Quote(ReadOnlySpan<byte> argument)
    {
        Append(" \""u8);
        while (!argument.IsEmpty)
        {
            var slice = argument[..Math.Min(argument.Length, SliceMax)];
            if (_part.Length - _length < 4 * slice.Length) SendPart();
            _length += QuotedText.FormatPart(slice, _part.AsSpan(_length));
            argument = argument[slice.Length..];
        }

        Append("\""u8);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_part.Length - _length < bytes.Length) SendPart();
        bytes.CopyTo(_part.AsSpan(_length));
        _length += bytes.Length;
    }

    private void SendPart()
    {
        foreach (var monitor in node.Monitors)
        {
            if (monitor.Has(SessionFlags.ReplyOff) || !monitor.CanBeTold) continue;
            monitor.Output.Write(_part.AsSpan(0, _length));
            node.MarkOutput(monitor);
            node.CheckOutputLimit(monitor);
        }

        _length = 0;
    }
}
