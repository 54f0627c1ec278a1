using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>
/// The C library's entry points, blittable arguments only. None suppresses the GC transition: each of them may enter the kernel for
/// longer than a microsecond. Callers keep memory pinned for the duration of a call; no call keeps an address after it returns.
/// </summary>
internal static unsafe partial class NativeCalls
{
    private const string C = "libc";

    [LibraryImport(C, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport(C, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int descriptor, void* epollEvent);

    [LibraryImport(C, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, void* events, int eventsMax, int timeoutMs);

    [LibraryImport(C, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMs);

    [LibraryImport(C, EntryPoint = "ppoll", SetLastError = true)]
    internal static partial int PollPrecisely(PollDescriptor* descriptors, nuint count, TimeSpecification* time, void* signals);

    [LibraryImport(C, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(C, EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int Pipe(int* ends, int flags);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, void* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport(C, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport(C, EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int descriptor, void* address, int length);

    [LibraryImport(C, EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(int descriptor, int backlog);

    [LibraryImport(C, EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(int descriptor, void* address, int* length, int flags);

    [LibraryImport(C, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int descriptor, void* address, int length);

    [LibraryImport(C, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int descriptor, void* buffer, nuint length, int flags);

    [LibraryImport(C, EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int descriptor, void* buffer, nuint length, int flags);

    [LibraryImport(C, EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(int descriptor, MessageHeader* message, int flags);

    [LibraryImport(C, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(int descriptor, nuint request, void* value);

    [LibraryImport(C, EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(int descriptor, int how);

    [LibraryImport(C, EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetOption(int descriptor, int level, int name, void* value, int* length);

    [LibraryImport(C, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(int descriptor, int level, int name, void* value, int length);

    [LibraryImport(C, EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetLocalName(int descriptor, void* address, int* length);

    [LibraryImport(C, EntryPoint = "getpeername", SetLastError = true)]
    internal static partial int GetPeerName(int descriptor, void* address, int* length);

    [LibraryImport(C, EntryPoint = "chmod", SetLastError = true)]
    internal static partial int ChangeMode(byte* path, uint mode);

    [LibraryImport(C, EntryPoint = "unlink", SetLastError = true)]
    internal static partial int Unlink(byte* path);

    [LibraryImport(C, EntryPoint = "signal", SetLastError = true)]
    internal static partial nint SetSignal(int number, nint handler);

    [LibraryImport(C, EntryPoint = "raise", SetLastError = true)]
    internal static partial int Raise(int number);

    [LibraryImport(C, EntryPoint = "setsid", SetLastError = true)]
    internal static partial int BeginSession();

    [LibraryImport(C, EntryPoint = "dup2", SetLastError = true)]
    internal static partial int Duplicate(int descriptor, int asDescriptor);

    [LibraryImport(C, EntryPoint = "getrlimit", SetLastError = true)]
    internal static partial int GetResourceLimit(int resource, nuint* softAndHard);

    [LibraryImport(C, EntryPoint = "setrlimit", SetLastError = true)]
    internal static partial int SetResourceLimit(int resource, nuint* softAndHard);

    [LibraryImport(C, EntryPoint = "execv", SetLastError = true)]
    internal static partial int Execute(byte* path, byte** arguments);

    [LibraryImport(C, EntryPoint = "getentropy", SetLastError = true)]
    internal static partial int GetEntropy(byte* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "usleep", SetLastError = true)]
    internal static partial int SleepMicroseconds(uint microseconds);

    [LibraryImport(C, EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, uint who, int nice);

    [LibraryImport(C, EntryPoint = "getpriority", SetLastError = true)]
    internal static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "gettid")]
    internal static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int GetClock(int clock, long* secondsAndNanoseconds);

    [LibraryImport(C, EntryPoint = "sched_setscheduler", SetLastError = true)]
    internal static partial int SetScheduler(int thread, int policy, int* priority);

    // sched_setattr and sched_getattr, which the C library has only since 2024.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial long SchedulingAttributes(long call, long thread, void* attributes, long bytesOrFlags, long flags);

    [LibraryImport(C, EntryPoint = "sched_getscheduler", SetLastError = true)]
    internal static partial int GetScheduler(int thread);

    [LibraryImport(C, EntryPoint = "sched_getaffinity", SetLastError = true)]
    internal static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport(C, EntryPoint = "sched_setaffinity", SetLastError = true)]
    internal static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Descriptor;
    public short Wanted;
    public short Ready;
}

/// <summary>struct timespec of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpecification
{
    public nint Seconds;
    public nint Nanoseconds;
}

/// <summary>struct iovec: bytes to send, in place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public nint Address;
    public nint Length;
}

/// <summary>struct msghdr of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public int NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}
