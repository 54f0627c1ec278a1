using System.Runtime.InteropServices;

namespace Redouble.Core.Memory;

/// <summary>Address space from the operating system: reserve, give pages back, release.</summary>
internal static unsafe partial class SystemMemory
{
    private const int ProtReadWrite = 3;
    private const int MapPrivate = 2;
    private const int AdviseDontNeed = 4;
    private const int AdviseHugePage = 14;
    private const int AdviseNoHugePage = 15;
    private const int RemapMayMove = 1;
    private const int RemapFixed = 2;
    private const int SmallestPage = 4096;

    // Behind each reservation, so that no two of them ever become one mapping (all begin at multiples of their alignment, and none ends at one), and
    // written at once: the first fault of a mapping may take the lock of the whole address space.
    private static readonly int TailBytes = Environment.SystemPageSize;

    private static int MapAnonymousNoReserve => OperatingSystem.IsMacOS() ? 0x1000 | 0x40 : 0x20 | 0x4000;

    /// <summary>
    /// Reserves <paramref name="bytes"/> of zeroed memory aligned to <paramref name="alignment"/>, or returns null when the system has none.
    /// Pages become resident when first written, 2 MB at a time with <paramref name="hugePages"/> where the system has them. It is a mapping of its own
    /// and stays so: who changes it waits for nobody who touches another.
    /// </summary>
    public static byte* Reserve(long bytes, long alignment, bool hugePages)
    {
        bytes += TailBytes;
        var raw = (byte*)Map(null, (nuint)(bytes + alignment), ProtReadWrite, MapPrivate | MapAnonymousNoReserve, -1, 0);
        if (raw == (byte*)-1) return null;
        var aligned = (byte*)(((long)raw + alignment - 1) & ~(alignment - 1));
        if (aligned > raw) _ = Unmap(raw, (nuint)(aligned - raw));
        var tail = raw + bytes + alignment - (aligned + bytes);
        if (tail > 0) _ = Unmap(aligned + bytes, (nuint)tail);
        if (OperatingSystem.IsLinux()) _ = Advise(aligned, (nuint)bytes, hugePages ? AdviseHugePage : AdviseNoHugePage);
        aligned[bytes - TailBytes] = 0;
        return aligned;
    }

    /// <summary>Gives the pages back to the system; they read as zero afterwards.</summary>
    public static void Discard(byte* address, long bytes) => _ = Advise(address, (nuint)bytes, AdviseDontNeed);

    /// <summary>
    /// Whether the pages are to be huge ones from now on. Waits for every thread that is in a page fault of the same mapping, and an idle-scheduled one can
    /// be there for seconds.
    /// </summary>
    public static void AdviseHugePages(byte* address, long bytes, bool hugePages)
    {
        if (OperatingSystem.IsLinux()) _ = Advise(address, (nuint)bytes, hugePages ? AdviseHugePage : AdviseNoHugePage);
    }

    /// <summary>
    /// Makes the pages resident and leaves what they hold as it is, whoever writes to them meanwhile; they must be mapped. A page fault takes
    /// only the lock of its mapping (Linux 6.4 and later); asking the system to do it (<c>MADV_POPULATE_WRITE</c>) holds the one of the whole
    /// address space for the 5 ms that a huge page can take, and another thread's mmap waits as long.
    /// </summary>
    public static void Populate(byte* address, long bytes)
    {
        for (var page = address; page < address + bytes; page += SmallestPage) Interlocked.Or(ref *(int*)page, 0);
    }

    /// <summary>
    /// Moves what <see cref="Reserve"/> gave to a larger reservation without a copy: page tables move. What is behind the old end is zero. Null where the
    /// system refuses it, and then nothing has changed.
    /// </summary>
    public static byte* TryGrow(byte* address, long bytes, long newBytes, long alignment)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var target = Reserve(newBytes, alignment, hugePages: false);
        if (target == null) return null;
        if ((byte*)Remap(address, (nuint)bytes, (nuint)newBytes, RemapMayMove | RemapFixed, target) != target)
        {
            Release(target, newBytes);
            return null;
        }

        _ = Unmap(address + bytes, (nuint)TailBytes);
        return target;
    }

    /// <summary>Gives the addresses back too: all of what was reserved.</summary>
    public static void Release(byte* address, long bytes) => _ = Unmap(address, (nuint)(bytes + TailBytes));

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mremap", SetLastError = true)]
    private static partial void* Remap(void* address, nuint length, nuint newLength, int flags, void* target);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(void* address, nuint length, int advice);
}
