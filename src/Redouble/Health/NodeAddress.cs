using System.Globalization;
using System.Net;

namespace Redouble.Health;

/// <summary>Where a node listens: a host name or an address, and a port.</summary>
internal sealed record NodeAddress(string Host, int Port)
{
    private const int DefaultPort = 6379;

    /// <summary>Reads HOST, HOST:PORT, an IPv6 address in brackets with or without a port, or one without brackets and port.</summary>
    public static bool TryParse(string text, out NodeAddress address)
    {
        address = new NodeAddress(text, DefaultPort);
        int bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        if (bracket < 0 && IPAddress.TryParse(text, out _))
        {
            return true;
        }

        int colon = text.LastIndexOf(':');
        string host = bracket > 0 ? text[1..bracket] : colon >= 0 ? text[..colon] : text;
        string rest = bracket > 0 ? text[(bracket + 1)..] : colon >= 0 ? text[colon..] : "";
        int port = DefaultPort;
        bool valid = rest.Length == 0 || (rest[0] == ':' && int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port));
        address = new NodeAddress(host, port);
        bool named = bracket > 0 ? IPAddress.TryParse(host, out _) : host.Length > 0 && !host.Contains(':', StringComparison.Ordinal);
        return valid && named && port is > 0 and <= 65535;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
