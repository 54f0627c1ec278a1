using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>What concerns the whole process.</summary>
public static unsafe class ProcessCalls
{
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
