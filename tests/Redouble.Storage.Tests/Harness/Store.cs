using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A record store with a heap of its own; at its end nothing may be left in it.</summary>
internal sealed class Store : IDisposable
{
    private readonly NativeHeap _heap;

    public Store(long limitBytes = long.MaxValue)
    {
        _heap = new NativeHeap(limitBytes == long.MaxValue ? NativeHeap.SpanBytesDefault : 4 << 20, limitBytes);
        Blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Records = new RecordStore(new TableHome(_heap, TableModel.Hash), Blocks);
    }

    public BlockPool Blocks { get; }

    public RecordStore Records { get; }

    public Record String(int keyLength, int valueLength, long expireAtMs = -1) =>
        Records.CreateString(Bytes(keyLength, 'k'), Bytes(valueLength, 'v'), ValueEncoding.Raw, expireAtMs, epoch: 7, clock: 0x123456);

    public Record Packed(int keyLength, int length) =>
        Records.CreatePacked(Bytes(keyLength, 'k'), ValueType.List, ValueEncoding.Listpack, Bytes(length, 'v'), -1, epoch: 7, clock: 0x123456);

    /// <summary>Resizes as the keyspace does: a record that had to move leaves its old one to be freed.</summary>
    public Record Resize(Record record, int length, bool growth)
    {
        var resized = Records.Resize(record, length, growth, record.Epoch);
        if (!resized.Equals(record)) Records.Free(record);
        return resized;
    }

    public static byte[] Bytes(int length, char seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(seed + (i * 7));
        return bytes;
    }

    public void Dispose()
    {
        Assert.Equal(0, Records.RecordBytes);
        Assert.Equal(0, Records.BlockBytes);
        Assert.Equal(0, Blocks.LentBytes);
        Assert.Equal(0, _heap.UsedBytes);
        Blocks.Dispose();
        _heap.Dispose();
    }
}
