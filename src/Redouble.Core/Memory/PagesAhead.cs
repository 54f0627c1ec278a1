namespace Redouble.Core.Memory;

/// <summary>Pages that a <see cref="NativeHeap"/> will need soon.</summary>
public readonly unsafe struct PagesAhead
{
    internal PagesAhead(nint address, long bytes)
    {
        Address = address;
        Bytes = bytes;
    }

    /// <summary>How much of it.</summary>
    public long Bytes { get; }

    internal nint Address { get; }

    /// <summary>Any thread, until the heap is told that it is done: makes them resident. What they hold stays as it is.</summary>
    public void Populate() => SystemMemory.Populate((byte*)Address, Bytes);
}
