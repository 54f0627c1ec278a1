namespace Redouble.Storage.Collections;

/// <summary>The fields of a new entry: name, value, name, value. No spans over storage.</summary>
public interface IStreamFields
{
    /// <summary>Names and values.</summary>
    int Count { get; }

    /// <summary>One of them.</summary>
    ReadOnlySpan<byte> this[int index] { get; }
}
