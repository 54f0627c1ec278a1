namespace Redouble.Server.Polling;

/// <summary>Error numbers of Linux (the same on x64 and arm64) that the server tells apart.</summary>
public static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int InvalidArgument = 22;
    public const int SystemFileLimit = 23;
    public const int ProcessFileLimit = 24;
    public const int InvalidSeek = 29;
    public const int BrokenPipe = 32;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int NoProtocolOption = 92;
    public const int ProtocolNotSupported = 93;
    public const int SocketTypeNotSupported = 94;
    public const int ProtocolFamilyNotSupported = 96;
    public const int AddressFamilyNotSupported = 97;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NotConnected = 107;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;

    /// <summary>
    /// Whether a send failed because there is nobody any more at the other end of an established connection. Unreachable ones are told of when the kernel has
    /// given up sending again (RFC 1122, 4.2.3.9).
    /// </summary>
    public static bool IsOfLostPeer(int errno) => errno is BrokenPipe or ConnectionReset or TimedOut or HostUnreachable or NetworkUnreachable;
}
