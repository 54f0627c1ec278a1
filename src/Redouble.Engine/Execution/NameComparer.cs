using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Execution;

/// <summary>
/// Compares names, of keys or members, by their bytes; a span is looked up without a copy. The hash is the keyspace's, whose seed nobody outside knows.
/// </summary>
internal sealed class NameComparer(Keyspace keyspace) : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)keyspace.Hash(alternate);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
