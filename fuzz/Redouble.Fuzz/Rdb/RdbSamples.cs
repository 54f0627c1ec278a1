using Redouble.Core.Checksums;
using Redouble.Persistence.Rdb;
using Redouble.Persistence.Tests.Rdb;

namespace Redouble.Fuzz.Rdb;

/// <summary>Sound files and payloads to start from.</summary>
internal static class RdbSamples
{
    /// <summary>Payloads of DUMP as redis-server 7.0.15 gave them: a string in each encoding, and a value of each other type.</summary>
    private static readonly string[] Dumps =
    [
        "00c0fb0a0049c4c6f4d7263f68", "00c139300a009d94ea2793fc08b9", "00c2000000800a00c74f873e33558187", "000568656c6c6f0a006372df766534200a",
        "00c30932016161e025000161610a0009ac48b9ab15fbc9", "1202020d0d0000000200816102816202ff020d0d0000000200816302816402ff0a006cd1688d5899b533",
        "0b0e0200000003000000010002002c010a00e510b28e7b9529aa", "02030161016301620a000d7e8a014cfe326c",
        "1114140000000400816102010181620283322e3504ff0a00d44c6ea4f644d9d7",
        "05030163000000000000f07f016200000000000004400161000000000000f03f0a00d05d23af3e180fa6", "10121200000004008166028176028167020101ff0a0023c1a5e35dfae81c",
        "04020167c001016601760a00a9f189c68213a6ce",
        "1301100000000000000001000000000000000128280000000f0002010001010181660200010201000100018176020401020101010001" +
            "8177020401ff02020101010000020101670101010100000000000000010000000000000001ce46a808a201000001010163ce46a808a2" +
            "01000001000000000000000100000000000000010a00e5898c3be7b51d90",
    ];

    /// <summary>A payload of a random value.</summary>
    public static byte[] Payload(Random random)
    {
        if (random.Next(2) > 0) return Payload(ValueSamples.All[random.Next(ValueSamples.All.Count)]);
        if (random.Next(2) > 0) return Convert.FromHexString(Dumps[random.Next(Dumps.Length)]);
        var writer = new DumpWriter(RdbDialect.Rdb10, compress: random.Next(2) == 0);
        return writer.Write(RdbType.String, Text(random)).ToArray();
    }

    /// <summary>A file of strings, which can be loaded.</summary>
    public static byte[] Strings(Random random)
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions { Compression = (RdbCompression)random.Next(3) });
        writer.WriteHeader();
        writer.WriteAuxFields(new RdbAuxFields { CreationTimeSeconds = 1_700_000_000, UsedMemory = 123_456 });
        if (random.Next(5) == 0) writer.WriteFunction("#!lua name=lib\nredis.register_function('f', function() return 1 end)"u8);
        for (var db = 0; db < random.Next(1, 4); db++)
        {
            writer.WriteSelectDb(db * 3);
            writer.WriteResizeDb(10, 3);
            for (var i = random.Next(1, 8); i > 0; i--) WriteKey(writer, random, i);
        }

        writer.WriteEnd();
        return output.Written.ToArray();
    }

    /// <summary>A file with a value of each type and encoding.</summary>
    public static byte[] EveryType(Random random)
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions { Compression = RdbCompression.None });
        writer.WriteHeader();
        writer.WriteAuxFields(new RdbAuxFields { CreationTimeSeconds = 1_700_000_000, UsedMemory = 123_456 });
        writer.WriteSelectDb(0);
        var values = Dumps.Select(Convert.FromHexString).Concat(ValueSamples.All.Where(IsOfRedis).Select(Payload)).ToArray();
        writer.WriteResizeDb(values.Length, 0);
        random.Shuffle(values);
        for (var i = random.Next(values.Length); i >= 0; i--)
        {
            var value = values[i].AsSpan()[..^10];
            writer.WriteBytes(value[..1]);
            writer.WriteElement([(byte)'k', (byte)i]);
            writer.WriteBytes(value[1..]);
        }

        writer.WriteEnd();
        return output.Written.ToArray();
    }

    /// <summary>Makes the checksum of a file or a payload right again.</summary>
    public static void FixChecksum(Span<byte> bytes)
    {
        if (bytes.Length >= 8) System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[^8..], Crc64.Append(0, bytes[..^8]));
    }

    private static bool IsOfRedis(ValueSample sample) => sample.Flavor == RdbFlavor.Redis;

    private static byte[] Payload(ValueSample sample) => [(byte)sample.Type, .. sample.Value, 11, 0, .. new byte[8]];

    private static void WriteKey(RdbWriter writer, Random random, int number)
    {
        var name = System.Text.Encoding.ASCII.GetBytes(random.Next(4) == 0 ? $"{number}" : $"key:{number}");
        var expiry = random.Next(3) == 0 ? 1_700_000_000_000 + random.Next(-1000, 1000) : -1;
        if (random.Next(20) == 0)
        {
            var value = new byte[RdbReader.WholeValueMax + random.Next(1, 3000)];
            writer.BeginStringInPieces(new RdbKey(name) { ExpiryMs = expiry }, value.Length);
            writer.WritePiece(value);
            return;
        }

        writer.WriteRecord(new RdbKey(name) { ExpiryMs = expiry, IdleSeconds = random.Next(5) == 0 ? random.Next(5000) : -1 }, RdbType.String, Text(random));
    }

    private static byte[] Text(Random random)
    {
        var text = new byte[random.Next(20) == 0 ? random.Next(20_000) : random.Next(100)];
        if (random.Next(3) == 0) random.NextBytes(text);
        else text.AsSpan().Fill((byte)('0' + random.Next(10)));
        return text;
    }
}
