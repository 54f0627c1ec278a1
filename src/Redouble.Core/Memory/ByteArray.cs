namespace Redouble.Core.Memory;

/// <summary>Arrays that grow with what is appended to them.</summary>
public static class ByteArray
{
    /// <summary>Makes room for <paramref name="more"/> bytes behind the <paramref name="used"/> ones: at least twice the array, as far as one may reach.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public static void MakeRoom(ref byte[] array, int used, int more)
    {
        if (array.Length - used < more) Array.Resize(ref array, (int)Math.Min(Math.Max((long)used + more, array.Length * 2L), Array.MaxLength));
    }
}
