using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>What concerns the whole process.</summary>
public static unsafe class ProcessCalls
{
    /// <summary>Bytes that <see cref="TryFillRandom"/> gives at most.</summary>
    public const int RandomMax = 256;

    /// <summary>Random bytes of the kernel's generator, at most <see cref="RandomMax"/>; false when it has none to give.</summary>
    public static bool TryFillRandom(Span<byte> bytes)
    {
        // Invariant: the bytes are pinned for the call, and the kernel writes their length.
        fixed (byte* pointer = bytes) return NativeCalls.GetEntropy(pointer, (nuint)bytes.Length) == 0;
    }

    private const int OpenFiles = 7; // RLIMIT_NOFILE of Linux
    private const int Niceness = 13; // RLIMIT_NICE of Linux
    private const int StopSignal = 19; // SIGSTOP of Linux on all but MIPS, SPARC and Alpha

    /// <summary>
    /// Gives a signal its default effect back where whoever started this process had it ignored, as shells do with SIGINT of what a script runs
    /// behind an &amp;: the runtime would leave it ignored.
    /// </summary>
    public static void HeedSignal(int number)
    {
        if (IsIgnored(number)) ResetSignal(number);
    }

    /// <summary>Gives a signal its default effect.</summary>
    public static void ResetSignal(int number) => NativeCalls.SetSignal(number, 0);

    /// <summary>The words that this process was started with, the program first; empty ones count.</summary>
    public static string[] CommandLine() => File.ReadAllText("/proc/self/cmdline").Split('\0')[..^1]; // each ends with a zero

    /// <summary>Whether somebody may still read what this process writes to its standard output: not when the other end of a pipe is closed.</summary>
    public static bool IsOutputRead()
    {
        var output = new PollDescriptor { Descriptor = 1 };
        // Invariant: the call reads and writes the one descriptor that it is told of.
        return NativeCalls.Poll(&output, 1, 0) <= 0 || ((uint)output.Ready & PollBits.Failed) == 0;
    }

    /// <summary>Descriptors that this process has open.</summary>
    public static int CountOpenFiles()
    {
        try
        {
            return Directory.GetFileSystemEntries("/proc/self/fd").Length;
        }
        catch (IOException)
        {
            return 0; // not Linux
        }
    }

    /// <summary>Stops this process (SIGSTOP) until somebody has it go on.</summary>
    public static void StopSelf() => NativeCalls.Raise(StopSignal);

    /// <summary>Leaves the session, and with it the terminal, of whoever started this process.</summary>
    public static void LeaveSession() => _ = NativeCalls.BeginSession(); // fails where this process leads a group, which one that was just started does not

    /// <summary>Makes /dev/null the standard input, output and error of what this process starts. Its own runtime has taken them already.</summary>
    public static void LeaveStreams()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (var standard = 0; standard <= 2; standard++) _ = NativeCalls.Duplicate((int)nothing.DangerousGetHandle(), standard);
    }

    /// <summary>
    /// Raises the limit of open descriptors to what is wanted, or as far as it may be raised.
    /// </summary>
    /// <returns>The limit now.</returns>
    public static long RaiseOpenFiles(long wanted)
    {
        var limits = stackalloc nuint[2];
        // Invariant: the array has room for the two words that the call writes and reads.
        if (NativeCalls.GetResourceLimit(OpenFiles, limits) != 0) return long.MaxValue;
        if (limits[0] < (nuint)wanted)
        {
            var before = limits[0];
            limits[0] = Math.Min((nuint)wanted, limits[1]);
            if (NativeCalls.SetResourceLimit(OpenFiles, limits) != 0) limits[0] = before;
        }

        return limits[0] > long.MaxValue ? long.MaxValue : (long)limits[0];
    }

    /// <summary>The lowest nice value that threads of this process may be given without privileges: -20 to 20 (none).</summary>
    public static int LowestNice()
    {
        var limits = stackalloc nuint[2];
        // Invariant: the array has room for the two words that the call writes. The limit is 20 less the nice value.
        return NativeCalls.GetResourceLimit(Niceness, limits) == 0 ? 20 - (int)Math.Min(limits[0], 40) : 20;
    }

    /// <summary>
    /// Runs another program in this process: id and environment stay, everything else goes, descriptors too (all of ours are opened
    /// close-on-exec). Returns only when that fails.
    /// </summary>
    public static IoResult Replace(string path, IReadOnlyList<string> arguments)
    {
        var words = new nint[arguments.Count + 1];
        for (var i = 0; i < arguments.Count; i++) words[i] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
        var program = Marshal.StringToCoTaskMemUTF8(path);
        int result;
        // Invariant: all strings end with a zero and the array with a null; they live until the call has failed.
        fixed (nint* list = words) result = NativeCalls.Execute((byte*)program, (byte**)list);
        var failure = SocketCalls.Result(result);
        Marshal.FreeCoTaskMem(program);
        foreach (var word in words) Marshal.FreeCoTaskMem(word);
        return failure;
    }

    // Asked of the kernel's file, since sigaction's structure differs from one C library to the next.
    private static bool IsIgnored(int number)
    {
        var field = "SigIgn:\t"u8;
        Span<byte> status = stackalloc byte[4096]; // the kernel writes some 1,500
        try
        {
            using var file = File.OpenHandle("/proc/self/status");
            var rest = status[..RandomAccess.Read(file, status, 0)];
            var start = rest.IndexOf(field);
            return start >= 0 && Utf8Parser.TryParse(rest[(start + field.Length)..], out ulong ignored, out _, 'x') && (ignored >> (number - 1) & 1) != 0;
        }
        catch (IOException)
        {
            return false; // not Linux
        }
    }
}
