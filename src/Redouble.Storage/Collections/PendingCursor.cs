using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>Walks pending entries of a group or of a consumer in the order of their ids. Ends with the next change of which entries there are.</summary>
public ref struct PendingCursor
{
    private TreeCursor _cursor;
    private bool _hasBegun;

    internal PendingCursor(TreeCursor cursor) => _cursor = cursor;

    /// <summary>The entry.</summary>
    public readonly PendingEntry Current => PendingEntry.At(_cursor.Item);

    /// <summary>Steps to the first entry, then to the next.</summary>
    public bool MoveNext()
    {
        if (_hasBegun) return _cursor.MoveNext();
        _hasBegun = true;
        return !_cursor.AtEnd;
    }
}
