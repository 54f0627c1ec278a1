namespace Redouble.Engine.Commands.Table;

/// <summary>A reusable list of key arguments: their index and what the command does with them. Grows and never shrinks; not thread-safe.</summary>
public sealed class KeyPositions
{
    private (int Index, KeySpecFlags Flags)[] _items = new (int, KeySpecFlags)[16];

    /// <summary>Number of keys found.</summary>
    public int Count { get; private set; }

    /// <summary>The key number <paramref name="i"/> in the order of the specs.</summary>
    public (int Index, KeySpecFlags Flags) this[int i] => _items.AsSpan(0, Count)[i];

    /// <summary>Forgets all keys.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a key at argument <paramref name="index"/>.</summary>
    public void Add(int index, KeySpecFlags flags)
    {
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        _items[Count++] = (index, flags);
    }
}
