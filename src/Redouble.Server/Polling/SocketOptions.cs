using System.Text;

namespace Redouble.Server.Polling;

/// <summary>The socket options that the server sets, by their Linux numbers.</summary>
public static unsafe class SocketOptions
{
    internal const int SocketLevel = 1;
    private const int TcpLevel = 6;
    private const int IPv6Level = 41;
    private const int CongestionOption = 13;
    private const int CongestionNameMax = 16;

    /// <summary>TCP_NODELAY: small replies leave at once.</summary>
    public static IoResult SetNoDelay(int descriptor, bool on = true) => Set(descriptor, TcpLevel, 1, on ? 1 : 0);

    /// <summary>SO_REUSEADDR: a restarted server gets its port back while old connections fade.</summary>
    public static IoResult SetReuseAddress(int descriptor) => Set(descriptor, SocketLevel, 2, 1);

    /// <summary>IPV6_V6ONLY: the IPv4 listener has the port for itself.</summary>
    public static IoResult SetIPv6Only(int descriptor) => Set(descriptor, IPv6Level, 26, 1);

    /// <summary>SO_SNDBUF, bytes; the kernel doubles it.</summary>
    public static IoResult SetSendBuffer(int descriptor, int bytes) => Set(descriptor, SocketLevel, 7, bytes);

    /// <summary>SO_RCVLOWAT: the socket counts as readable when so many bytes are there, or it has ended. What is there can be read at any time.</summary>
    public static IoResult SetReceiveLowMark(int descriptor, int bytes) => Set(descriptor, SocketLevel, 18, bytes);

    /// <summary>
    /// SO_KEEPALIVE the way Redis sets it: the first probe after <paramref name="intervalSeconds"/> of silence, further ones a third of
    /// that apart (at least 1 s), dead after three without answer. 0 switches it off.
    /// </summary>
    public static IoResult SetKeepAlive(int descriptor, int intervalSeconds)
    {
        var result = Set(descriptor, SocketLevel, 9, intervalSeconds > 0 ? 1 : 0);
        if (intervalSeconds <= 0) return result;
        if (result.IsDone) result = Set(descriptor, TcpLevel, 4, intervalSeconds);
        if (result.IsDone) result = Set(descriptor, TcpLevel, 5, Math.Max(intervalSeconds / 3, 1));
        if (result.IsDone) result = Set(descriptor, TcpLevel, 6, 3);
        return result;
    }

    /// <summary>TCP_CONGESTION: the name of the congestion control of a TCP socket, as in <c>tcp_available_congestion_control</c>.</summary>
    public static IoResult GetCongestionControl(int descriptor, out string name)
    {
        Span<byte> text = stackalloc byte[CongestionNameMax];
        text.Clear();
        var length = CongestionNameMax;
        IoResult result;
        fixed (byte* first = text) result = SocketCalls.Result(NativeCalls.GetOption(descriptor, TcpLevel, CongestionOption, first, &length));
        var end = text.IndexOf((byte)0);
        name = Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
        return result;
    }

    /// <summary>TCP_CONGESTION: gives a TCP socket, and all that are accepted from it, the congestion control of this name.</summary>
    public static IoResult SetCongestionControl(int descriptor, string name)
    {
        fixed (byte* text = Encoding.ASCII.GetBytes(name))
        {
            return SocketCalls.Result(NativeCalls.SetOption(descriptor, TcpLevel, CongestionOption, text, name.Length));
        }
    }

    internal static IoResult Get(int descriptor, int level, int name, out int value)
    {
        int found;
        var length = sizeof(int);
        var result = SocketCalls.Result(NativeCalls.GetOption(descriptor, level, name, &found, &length));
        value = result.IsDone ? found : 0;
        return result;
    }

    private static IoResult Set(int descriptor, int level, int name, int value) =>
        SocketCalls.Result(NativeCalls.SetOption(descriptor, level, name, &value, sizeof(int)));
}
