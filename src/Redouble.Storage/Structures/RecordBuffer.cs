namespace Redouble.Storage.Structures;

/// <summary>A reused list of the records of one bucket.</summary>
internal sealed class RecordBuffer
{
    private Record[] _records = new Record[16];

    public int Count { get; private set; }

    public Record this[int index] => _records[index];

    public void Add(Record record)
    {
        if (Count == _records.Length) Grow();
        _records[Count++] = record;
    }

    public void Clear() => Count = 0;

    // One by one: the base library's copy of a type of ours would be compiled when it is first called, in the middle of a turn.
    private void Grow()
    {
        var larger = new Record[Count * 2];
        for (var i = 0; i < Count; i++) larger[i] = _records[i];
        _records = larger;
    }
}
