using Redouble.Core.Memory;

namespace Redouble.Core.Platform;

/// <summary>Files that are read as a whole.</summary>
public static class FileReading
{
    private const int LengthMax = 64 << 20; // of a configuration or a manifest: a device that never ends is told from one
    private const int StepMin = 16 * 1024;

    /// <summary>Reads to the end, which need not be known before: a pipe has no length.</summary>
    /// <exception cref="IOException">It cannot be read, or has more than 64 MB.</exception>
    public static byte[] ReadToEnd(this IReadableFile file)
    {
        var bytes = new byte[StepMin];
        int length = 0, read;
        while ((read = file.Read(bytes.AsSpan(length))) > 0)
        {
            length += read;
            if (length > LengthMax) throw new IOException("File too large");
            ByteArray.MakeRoom(ref bytes, length, 1);
        }

        return bytes[..length];
    }
}
