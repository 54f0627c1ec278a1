using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Logging;

/// <summary>
/// The machine's log (directives <c>syslog-enabled</c>, <c>-ident</c> and <c>-facility</c>): a datagram for each line, in the form of RFC 3164 that a C
/// library's syslog(3) sends: <c>&lt;priority&gt;month day time ident[pid]: message</c>.
/// </summary>
/// <param name="ident">Whose line it is.</param>
/// <param name="facility">Under what it is filed.</param>
/// <param name="path">The socket.</param>
internal sealed class SystemLog(string ident, SyslogFacility facility, string path = "/dev/log") : IDisposable
{
    private const int FacilityUser = 1, FacilityLocal0 = 16;

    private static ReadOnlySpan<byte> Severities => [7, 6, 5, 4]; // debug, informational, notice, warning

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _address = new(path);

    /// <summary>
    /// Sends a line. One that nobody takes, or not at once, is lost, as with syslog(3) when its daemon is down: logging never stops the server.
    /// </summary>
    public void Write(ConfigLogLevel level, string message)
    {
        var number = facility == SyslogFacility.User ? FacilityUser : FacilityLocal0 + (facility - SyslogFacility.Local0);
        var time = DateTime.Now;
        var day = time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2);
        var priority = number * 8 + Severities[(int)level];
        var head = string.Create(CultureInfo.InvariantCulture, $"<{priority}>{time:MMM} {day} {time:HH:mm:ss} {ident}[{Environment.ProcessId}]: ");
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(head + message), _address);
        }
        catch (SocketException)
        {
            // nobody listens
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
