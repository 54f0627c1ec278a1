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

    /// <summary>Any thread: waits until the system has made them resident, or has refused to: false. What they hold stays as it is.</summary>
    public bool Populate() => SystemMemory.Populate((byte*)Address, Bytes);
}
