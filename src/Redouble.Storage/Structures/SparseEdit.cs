namespace Redouble.Storage.Structures;

/// <summary>How the opcodes of sparse registers have to be changed; from <see cref="HyperLogLogSparse.Plan"/>.</summary>
public struct SparseEdit
{
    internal int At;
    internal int Removed;
    internal int Added;
    internal int JoinFrom;
    internal ulong Opcodes; // at most 5 bytes, the first in the low bits

    /// <summary>Bytes that it adds before neighbours are joined; -1 to 3.</summary>
    public readonly int Growth => Added - Removed;
}
