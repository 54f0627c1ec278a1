using Redouble.Protocol.Replies;

namespace Redouble.Protocol.Tests.Replies;

public sealed class RoundTripTests
{
    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            using var written = new Written(RespVersion.Resp3);
            var values = new List<RespValue>();
            for (var i = random.Next(1, 8); i > 0; i--)
            {
                values.Add(Make(random, 4));
                Write(written.Writer, values[^1], random);
            }

            var expectedLength = written.Buffer.PendingBytes;
            var bytes = written.Send(random.Next(1, 5000));
            Assert.Equal(expectedLength, bytes.Length);
            var position = 0;
            var reader = new ReplyReader();
            foreach (var value in values)
            {
                Assert.Equal(ReplyStatus.Complete, reader.TryRead(bytes.AsSpan(position), out var read, out var consumed));
                Assert.True(value.Equals(read), $"seed {seed}: {value} was read as {read}");
                position += consumed;
            }

            Assert.Equal(bytes.Length, position);
        }
    }

    private static RespValue Make(Random random, int depth)
    {
        var type = random.Next(depth > 0 ? 15 : 10);
        return type switch
        {
            0 => new RespValue(random.NextInt64(long.MinValue, long.MaxValue)),
            1 => new RespValue(random.Next(-20, 20)),
            2 => new RespValue(RespType.SimpleString, Letters(random, 30)),
            3 => new RespValue(RespType.Error, Letters(random, 30)),
            4 => new RespValue(RespType.Boolean, random.Next(2) == 0 ? "t"u8.ToArray() : "f"u8.ToArray()),
            5 => new RespValue(RespType.Double, "1.5e+20"u8.ToArray()),
            6 => RespValue.None,
            7 => new RespValue(RespType.Verbatim, [.. "txt:"u8, .. Any(random)]),
            8 => new RespValue(RespType.BigNumber, "12345678901234567890123"u8.ToArray()),
            9 => new RespValue(RespType.Bulk, Any(random)),
            10 => new RespValue(RespType.Map, Items(random, depth, 2 * random.Next(5))),
            11 => new RespValue(RespType.Set, Items(random, depth, random.Next(12))),
            12 => new RespValue(RespType.Push, Items(random, depth, random.Next(4))),
            13 => Make(random, depth - 1).WithAttributes(Items(random, depth, 2 * random.Next(1, 3))),
            _ => new RespValue(RespType.Array, Items(random, depth, random.Next(12))),
        };
    }

    private static RespValue[] Items(Random random, int depth, int count)
    {
        var items = new RespValue[count];
        for (var i = 0; i < count; i++) items[i] = Make(random, depth - 1);
        return items;
    }

    private static byte[] Letters(Random random, int lengthMax)
    {
        var bytes = new byte[random.Next(lengthMax)];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(' ', '~');
        return bytes;
    }

    private static byte[] Any(Random random)
    {
        var bytes = new byte[random.Next(20) == 0 ? random.Next(40_000) : random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void Write(ReplyWriter writer, RespValue value, Random random)
    {
        if (value.Attributes.Count > 0)
        {
            writer.AttributeHeader(value.Attributes.Count / 2);
            foreach (var attribute in value.Attributes) Write(writer, attribute, random);
        }

        var count = value.Items.Length;
        var deferred = default(DeferredHeader);
        var isDeferred = value.Type is RespType.Array or RespType.Map or RespType.Set && random.Next(2) == 0;
        if (isDeferred) deferred = writer.BeginDeferred();
        switch (value.Type)
        {
            case RespType.Integer: writer.Integer(value.Number); break;
            case RespType.SimpleString: writer.SimpleString(value.Bytes); break;
            case RespType.Error: writer.Error(value.Bytes); break;
            case RespType.Boolean: writer.Boolean(value.Text == "t"); break;
            case RespType.Double: writer.Double(value.Bytes); break;
            case RespType.BigNumber: writer.BigNumber(value.Bytes); break;
            case RespType.Null: writer.Null(); break;
            case RespType.Verbatim: writer.Verbatim(value.Bytes[..3], value.Bytes[4..]); break;
            case RespType.Bulk: writer.Bulk(value.Bytes); break;
            case RespType.Push: writer.PushHeader(count); break;
            case RespType.Map when !isDeferred: writer.MapHeader(count / 2); break;
            case RespType.Set when !isDeferred: writer.SetHeader(count); break;
            case RespType.Array when !isDeferred: writer.ArrayHeader(count); break;
        }

        foreach (var item in value.Items) Write(writer, item, random);
        if (!isDeferred) return;
        if (value.Type == RespType.Map) writer.EndMap(deferred, count / 2);
        else if (value.Type == RespType.Set) writer.EndSet(deferred, count);
        else writer.EndArray(deferred, count);
    }
}
