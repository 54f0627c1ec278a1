using System.Runtime.InteropServices;
using System.Text;

namespace Redouble.Server.Polling;

/// <summary>
/// Stream sockets by plain system calls. Every socket made here is non-blocking and closed on exec; calls that a signal interrupts are
/// repeated; sends raise no SIGPIPE. A descriptor belongs to whoever got it.
/// </summary>
public static unsafe class SocketCalls
{
    /// <summary>Most pieces that one <see cref="SendVector"/> takes.</summary>
    public const int VectorMax = 64;

    private const int StreamNonBlockingCloseOnExec = 1 | 0x800 | 0x80000;
    private const int AcceptFlags = 0x800 | 0x80000;
    private const int NoSignal = 0x4000;

    /// <summary>A TCP socket of the family of <paramref name="address"/>, or a unix socket. Count is the descriptor.</summary>
    public static IoResult Open(in NativeAddress address) => Result(NativeCalls.Socket(address.Family, StreamNonBlockingCloseOnExec, 0));

    /// <summary>Names the socket.</summary>
    public static IoResult Bind(int descriptor, NativeAddress address) => Result(NativeCalls.Bind(descriptor, &address.Bytes, address.Length));

    /// <summary>Starts to accept; the kernel may cut <paramref name="backlog"/> to net.core.somaxconn.</summary>
    public static IoResult Listen(int descriptor, int backlog) => Result(NativeCalls.Listen(descriptor, backlog));

    /// <summary>
    /// Opens, binds and listens: SO_REUSEADDR, and for IPv6 IPV6_V6ONLY, as Redis does. For a unix socket a leftover file is removed
    /// first and the file gets <paramref name="unixPermission"/> (0: as umask has it). Count is the descriptor; closed again on failure.
    /// </summary>
    public static IoResult OpenListener(in NativeAddress address, int backlog, uint unixPermission = 0)
    {
        if (address.IsUnix) RemoveFile(address.Host);
        var opened = Open(address);
        if (!opened.IsDone) return opened;
        var descriptor = opened.Count;
        var result = address.IsUnix ? IoResult.Done(0) : SocketOptions.SetReuseAddress(descriptor);
        if (result.IsDone && address.Family == NativeAddress.FamilyIPv6) result = SocketOptions.SetIPv6Only(descriptor);
        if (result.IsDone) result = Bind(descriptor, address);
        if (result.IsDone && address.IsUnix && unixPermission != 0) result = SetMode(address.Host, unixPermission);
        if (result.IsDone) result = Listen(descriptor, backlog);
        if (result.IsDone) return opened;
        Close(descriptor);
        return result;
    }

    /// <summary>Takes a waiting connection. Count is its descriptor.</summary>
    public static IoResult Accept(int descriptor, out NativeAddress peer)
    {
        NativeAddress address = default;
        int accepted;
        do
        {
            var length = NativeAddress.SizeMax;
            accepted = NativeCalls.Accept(descriptor, &address.Bytes, &length, AcceptFlags);
            address.Length = accepted < 0 ? 0 : Math.Min(length, NativeAddress.SizeMax);
        }
        while (accepted < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        peer = address;
        return Result(accepted);
    }

    /// <summary>Starts to connect. WouldBlock: wait until writable, then ask <see cref="TakeError"/>.</summary>
    public static IoResult Connect(int descriptor, NativeAddress address)
    {
        if (NativeCalls.Connect(descriptor, &address.Bytes, address.Length) == 0) return IoResult.Done(0);
        var errno = Marshal.GetLastPInvokeError();
        // After a signal a connect goes on in the background; it must not be repeated.
        return errno is Errno.InProgress or Errno.Interrupted ? IoResult.WouldBlock : IoResult.Error(errno);
    }

    /// <summary>The socket's pending error, which is cleared: how a connect ended. Done when there is none.</summary>
    public static IoResult TakeError(int descriptor)
    {
        var result = SocketOptions.Get(descriptor, SocketOptions.SocketLevel, 4, out var errno);
        if (!result.IsDone) return result;
        return errno == 0 ? IoResult.Done(0) : IoResult.Error(errno);
    }

    /// <summary>Receives into <paramref name="buffer"/>, which must not be empty. Closed: the peer sends no more.</summary>
    public static IoResult Receive(int descriptor, Span<byte> buffer)
    {
        if (buffer.IsEmpty) throw new ArgumentException("There is no room to receive into.", nameof(buffer));
        nint received;
        // Invariant: the buffer is pinned for the call, and the kernel writes at most its length.
        fixed (byte* pointer = buffer)
        {
            do received = NativeCalls.Receive(descriptor, pointer, (nuint)buffer.Length, 0);
            while (received < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        }

        return received == 0 ? IoResult.Closed : Result(received);
    }

    /// <summary>Whether there is something to receive, without taking it: Done when there is. Closed: the peer sends no more.</summary>
    public static IoResult Peek(int descriptor)
    {
        const int peek = 2;
        byte first;
        nint received;
        // Invariant: the kernel writes at most the one byte.
        do received = NativeCalls.Receive(descriptor, &first, 1, peek);
        while (received < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        return received == 0 ? IoResult.Closed : Result(received);
    }

    /// <summary>Bytes that can be received at once.</summary>
    public static IoResult Unread(int descriptor)
    {
        const int unread = 0x541B; // FIONREAD
        int count;
        // Invariant: the kernel writes one int.
        return NativeCalls.Control(descriptor, unread, &count) < 0 ? Result(-1) : IoResult.Done(count);
    }

    /// <summary>Sends a first part of <paramref name="bytes"/>; Count tells how much.</summary>
    public static IoResult Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        nint sent;
        // Invariant: the bytes are pinned for the call, and the kernel reads at most their length.
        fixed (byte* pointer = bytes)
        {
            do sent = NativeCalls.Send(descriptor, pointer, (nuint)bytes.Length, NoSignal);
            while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        }

        return Result(sent);
    }

    /// <summary>Sends a first part of up to <see cref="VectorMax"/> pieces, in one call.</summary>
    internal static IoResult SendVector(int descriptor, IoVector* vectors, int count)
    {
        // Invariant (the caller's): count vectors, each naming native memory that stays as it is for the call.
        var message = new MessageHeader { Vectors = vectors, VectorCount = (nuint)count };
        nint sent;
        do sent = NativeCalls.SendMessage(descriptor, &message, NoSignal);
        while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        return Result(sent);
    }

    /// <summary>Ends sending: the peer reads what is under way, then the end.</summary>
    public static IoResult ShutdownSend(int descriptor) => Result(NativeCalls.Shutdown(descriptor, 1));

    /// <summary>Ends both directions at once, also for other processes that hold the socket.</summary>
    public static IoResult Shutdown(int descriptor) => Result(NativeCalls.Shutdown(descriptor, 2));

    /// <summary>Gives the descriptor back. Never repeated: Linux frees it even when interrupted.</summary>
    public static void Close(int descriptor) => _ = NativeCalls.Close(descriptor);

    /// <summary>The socket's own address.</summary>
    public static IoResult LocalAddress(int descriptor, out NativeAddress address)
    {
        NativeAddress found = default;
        var length = NativeAddress.SizeMax;
        var result = Result(NativeCalls.GetLocalName(descriptor, &found.Bytes, &length));
        found.Length = result.IsDone ? Math.Min(length, NativeAddress.SizeMax) : 0;
        address = found;
        return result;
    }

    /// <summary>The peer's address.</summary>
    public static IoResult PeerAddress(int descriptor, out NativeAddress address)
    {
        NativeAddress found = default;
        var length = NativeAddress.SizeMax;
        var result = Result(NativeCalls.GetPeerName(descriptor, &found.Bytes, &length));
        found.Length = result.IsDone ? Math.Min(length, NativeAddress.SizeMax) : 0;
        address = found;
        return result;
    }

    /// <summary>Removes a unix socket's file.</summary>
    public static IoResult RemoveFile(string path)
    {
        // Invariant: the text ends with a NUL and is pinned for the call.
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0')) return Result(NativeCalls.Unlink(text));
    }

    internal static IoResult Result(nint returned)
    {
        if (returned >= 0) return IoResult.Done((int)Math.Min(returned, int.MaxValue));
        return IoResult.Error(Marshal.GetLastPInvokeError());
    }

    private static IoResult SetMode(string path, uint mode)
    {
        // Invariant: the text ends with a NUL and is pinned for the call.
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0')) return Result(NativeCalls.ChangeMode(text, mode));
    }
}
