namespace Redouble.Storage.Structures;

/// <summary>A reused list of the records of one bucket.</summary>
internal sealed class RecordBuffer
{
    private Record[] _records = new Record[16];

    public int Count { get; private set; }

    public Record this[int index] => _records[index];

    public void Add(Record record)
    {
        if (Count == _records.Length) Array.Resize(ref _records, Count * 2);
        _records[Count++] = record;
    }

    public void Clear() => Count = 0;
}
