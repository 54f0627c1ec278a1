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
}
