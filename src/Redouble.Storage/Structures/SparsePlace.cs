namespace Redouble.Storage.Structures;

/// <summary>An opcode of sparse registers; the default is the first one. See <see cref="HyperLogLogSparse.Plan"/>.</summary>
public struct SparsePlace
{
    internal int At;
    internal long First; // register
    internal int Previous; // opcode before it; itself for the first
}
