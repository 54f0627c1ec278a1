using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Structures;

/// <summary>The record is laid out as its drawing says.</summary>
public sealed class RecordTests
{
    public static TheoryData<int, int, long> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, long>();
            foreach (var key in (int[])[0, 1, 16, 255, 256, 70_000])
            {
                foreach (var value in (int[])[0, 1, 100, 255, 256, Record.InlineValueMax])
                {
                    shapes.Add(key, value, -1);
                    shapes.Add(key, value, 0x0102030405060708);
                }
            }

            return shapes;
        }
    }

    [Fact]
    public void A_record_is_an_address_and_its_header_eight_bytes()
    {
        Assert.Equal(8, Unsafe.SizeOf<Record>());
        Assert.Equal(8, Record.HeaderSize);
    }

    [Fact]
    public void A_sixteen_byte_key_with_a_hundred_byte_value_takes_124_bytes()
    {
        Assert.Equal(124, Record.SizeFor(16, 100, hasExpiry: false));
        Assert.Equal(132, Record.SizeFor(16, 100, hasExpiry: true));
        using var store = new Store();
        var record = store.String(16, 100);
        Assert.Equal(NativeHeap.UsableSizeFor(124), record.UsableSize);
        Assert.Equal(record.UsableSize, store.Records.RecordBytes);
#if !GUARDED
        Assert.Equal(128, record.UsableSize);
#endif
        store.Records.Free(record);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_field_is_where_the_drawing_puts_it(int keyLength, int valueLength, long expireAtMs)
    {
        using var store = new Store();
        var record = store.String(keyLength, valueLength, expireAtMs);
        var bytes = RecordBytes.Of(record);
        bool hasExpiry = expireAtMs >= 0, wideKey = keyLength > 255, wideValue = valueLength > 255;
        Assert.Equal((hasExpiry ? 1 : 0) | (wideKey ? 2 : 0) | (wideValue ? 4 : 0), bytes[0]);
        Assert.Equal((int)ValueType.String | ((int)ValueEncoding.Raw << 4), bytes[1]);
        Assert.Equal([0x56, 0x34, 0x12, 7], bytes[2..6].ToArray());
        Assert.Equal([(byte)keyLength, (byte)valueLength], bytes[6..8].ToArray());
        var at = Record.HeaderSize;
        if (hasExpiry) Assert.Equal(expireAtMs, BinaryPrimitives.ReadInt64LittleEndian(Take(bytes, ref at, 8)));
        if (wideKey) Assert.Equal(keyLength, BinaryPrimitives.ReadInt32LittleEndian(Take(bytes, ref at, 4)));
        if (wideValue) Assert.Equal(valueLength, BinaryPrimitives.ReadInt32LittleEndian(Take(bytes, ref at, 4)));
        Assert.Equal(Store.Bytes(keyLength, 'k'), Take(bytes, ref at, keyLength).ToArray());
        Assert.Equal(Store.Bytes(valueLength, 'v'), Take(bytes, ref at, valueLength).ToArray());
        Assert.Equal(at, record.Size);
        Assert.Equal(at, Record.SizeFor(keyLength, valueLength, hasExpiry));
        store.Records.Free(record);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void What_was_written_is_read(int keyLength, int valueLength, long expireAtMs)
    {
        using var store = new Store();
        var record = store.String(keyLength, valueLength, expireAtMs);
        Assert.Equal((ValueType.String, ValueEncoding.Raw, 0x123456, 7), (record.Type, record.Encoding, record.Clock, record.Epoch));
        Assert.Equal((expireAtMs >= 0, expireAtMs), (record.HasExpiry, record.ExpireAtMs));
        Assert.Equal((keyLength, valueLength, valueLength), (record.KeyLength, record.ValueLength, record.InlineLength));
        var key = Store.Bytes(keyLength, 'k');
        Assert.True(record.Key.SequenceEqual(key) && record.KeyEquals(key));
        Assert.False(record.KeyEquals([.. key, 1]));
        if (keyLength > 0) Assert.False(record.KeyEquals([.. key[..^1], 0xEE]));
        record.Clock = 0xFEDCBA;
        record.Epoch = 255;
        record.Encoding = ValueEncoding.Integer;
        Assert.Equal((ValueType.String, ValueEncoding.Integer, 0xFEDCBA, 255), (record.Type, record.Encoding, record.Clock, record.Epoch));
        Assert.Equal(Store.Bytes(valueLength, 'v'), record.Value.ToArray());
        store.Records.Free(record);
    }

    [Fact]
    public void A_long_string_is_a_block_and_the_value_area_its_address()
    {
        using var store = new Store();
        var record = store.String(10, Record.InlineValueMax + 1);
        Assert.True(record.IsBlock);
        Assert.Equal(8, RecordBytes.Of(record)[0]);
        Assert.Equal(Record.HeaderSize + 10 + 8, record.Size);
        Assert.Equal(record.Block.UnsafeHandle, BinaryPrimitives.ReadInt64LittleEndian(RecordBytes.Of(record)[^8..]));
        Assert.Equal(Record.InlineValueMax + 1, record.ValueLength);
        Assert.Equal(Store.Bytes(Record.InlineValueMax + 1, 'v'), record.Value.ToArray());
        Assert.Equal(1, record.Block.References);
        store.Records.Free(record);
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ref int at, int length)
    {
        at += length;
        return bytes.Slice(at - length, length);
    }
}
