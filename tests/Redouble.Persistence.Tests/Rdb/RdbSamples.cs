using System.Buffers.Binary;
using Redouble.Core.Checksums;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>RDB bytes for the tests, and ways to read them.</summary>
internal static class RdbSamples
{
    /// <summary>Payloads of DUMP as redis-server 7.0.15 gave them, by what they hold.</summary>
    public static readonly Dictionary<string, string> Dumps = new()
    {
        ["string -5"] = "00c0fb0a0049c4c6f4d7263f68",
        ["string 12345"] = "00c139300a009d94ea2793fc08b9",
        ["string -2147483648"] = "00c2000000800a00c74f873e33558187",
        ["string 2147483648"] = "000a323134373438333634380a00e7b129a34c1d76ee",
        ["string hello"] = "000568656c6c6f0a006372df766534200a",
        ["string a*50"] = "00c30932016161e025000161610a0009ac48b9ab15fbc9",
        ["string "] = "00000a005d9b5c400f7fa2da",
        ["string 007"] = "00033030370a007258e27b4c69bad9",
        ["string -0"] = "00022d300a00d5411fd9d6d050cc",
        ["list (quicklist 2) one node"] = "1201020f0f00000003008161028162020101ff0a00e01bab4a47ce5922",
        ["list (quicklist 2) two nodes"] = "1202020d0d0000000200816102816202ff020d0d0000000200816302816402ff0a006cd1688d5899b533",
        ["set (intset)"] = "0b0e0200000003000000010002002c010a00e510b28e7b9529aa",
        ["set (hash table)"] = "02030161016301620a000d7e8a014cfe326c",
        ["zset (listpack)"] = "1114140000000400816102010181620283322e3504ff0a00d44c6ea4f644d9d7",
        ["zset (skiplist)"] = "05030163000000000000f07f016200000000000004400161000000000000f03f0a00d05d23af3e180fa6",
        ["hash (listpack)"] = "10121200000004008166028176028167020101ff0a0023c1a5e35dfae81c",
        ["hash (hash table)"] = "04020167c001016601760a00a9f189c68213a6ce",
        ["stream (listpacks 2) with a group"] =
            "1301100000000000000001000000000000000128280000000f0002010001010181660200010201000100018176020401020101010001" +
            "8177020401ff02020101010000020101670101010100000000000000010000000000000001ce46a808a201000001010163ce46a808a2" +
            "01000001000000000000000100000000000000010a00e5898c3be7b51d90",
        ["stream (listpacks 2) without groups"] =
            "130110000000000000000100000000000000011d1d0000000a0001010001010181660200010201000100018176020401ff01010101010" +
            "00001000a00ff55ab626ac035db",
    };

    public static byte[] Dump(string name) => Convert.FromHexString(Dumps[name]);

    /// <summary>The type byte and value of a payload.</summary>
    public static ReadOnlySpan<byte> Body(string name) => Dump(name).AsSpan()[..^10];

    /// <summary>A file with every opcode and one key of every type that is known, as (bytes, keys).</summary>
    public static byte[] EveryType(RdbFlavor flavor = RdbFlavor.Redis)
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions { Compression = RdbCompression.Always });
        writer.WriteBytes(flavor == RdbFlavor.Redis ? "REDIS0012"u8 : "VALKEY080"u8);
        writer.WriteAuxFields(new RdbAuxFields { CreationTimeSeconds = 1_700_000_000, UsedMemory = 123_456 });
        writer.WriteBytes([RdbOpcodes.ModuleAux]);
        WriteModule(writer);
        writer.WriteFunction("#!lua name=lib\nredis.register_function('f', function() return 1 end)"u8);
        writer.WriteSelectDb(3);
        writer.WriteResizeDb(30, 2);
        writer.WriteBytes([RdbOpcodes.SlotInfo, 1, 2, 3]);
        foreach (var value in Values(flavor))
        {
            if (value[0] % 5 == 1) writer.WriteBytes([RdbOpcodes.ExpireTime, 1, 2, 3, 4, RdbOpcodes.Frequency, 7]);
            if (value[0] % 5 == 2) writer.WriteBytes([RdbOpcodes.ExpireTimeMs, 1, 2, 3, 4, 5, 6, 0, 0, RdbOpcodes.Idle, 0x41, 0x00]);
            writer.WriteBytes(value.AsSpan(0, 1));
            writer.WriteElement(RecordingTarget.Bytes($"key:{value[0]}"));
            writer.WriteBytes(value.AsSpan(1));
        }

        writer.WriteEnd();
        return output.Written.ToArray();
    }

    /// <summary>Type byte and value, one or more for each type with a known layout.</summary>
    public static List<byte[]> Values(RdbFlavor flavor)
    {
        var values = Dumps.Keys.Select(name => Body(name).ToArray()).ToList();
        var samples = ValueSamples.All.Where(sample => sample.Flavor == flavor || sample.Type < RdbType.Hash22);
        values.AddRange(samples.Select(sample => (byte[])[(byte)sample.Type, .. sample.Value]));
        values.Add(Module());
        return values;
    }

    /// <summary>As Assert.Equal, but fast where the two are equal.</summary>
    public static void AssertSame<T>(IReadOnlyList<T> expected, IReadOnlyList<T> actual)
    {
        if (!expected.SequenceEqual(actual)) Assert.Equal(expected, actual);
    }

    /// <summary>Replaces the last eight bytes by the checksum of the others.</summary>
    public static void FixChecksum(Span<byte> file) => BinaryPrimitives.WriteUInt64LittleEndian(file[^8..], Crc64.Append(0, file[..^8]));

    public static (RdbReadStatus Status, RdbReader<RecordingTarget> Reader) Read(
        ReadOnlySpan<byte> bytes, RdbReadMode mode = RdbReadMode.Load, Func<int>? pieceLength = null, Recording? recording = null)
    {
        var target = new RecordingTarget(recording ?? new Recording());
        var reader = new RdbReader<RecordingTarget>(target, new RdbReaderOptions { Mode = mode });
        var status = RdbReadStatus.NeedMore;
        while (status == RdbReadStatus.NeedMore && !bytes.IsEmpty)
        {
            // A fresh array each time: spans kept beyond a call would show.
            var piece = bytes[..Math.Min(bytes.Length, pieceLength?.Invoke() ?? bytes.Length)].ToArray();
            status = reader.Feed(piece, out var consumed);
            if (status == RdbReadStatus.NeedMore && piece.Length != consumed) Assert.Fail("bytes were not taken");
            Array.Fill(piece, (byte)0xdd);
            bytes = bytes[consumed..];
        }

        return (reader.Finish(), reader);
    }

    private static byte[] Module()
    {
        var (output, writer) = Plain();
        writer.WriteType(RdbType.Module2);
        WriteModule(writer);
        return output.Written.ToArray();
    }

    // id; unsigned 2, signed 7, float, double, string, end
    private static void WriteModule(RdbWriter writer) =>
        writer.WriteBytes([0x81, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, 1, 7, 3, 0, 0, 128, 63, 4, 0, 0, 0, 0, 0, 0, 240, 63, 5, 3, 97, 98, 99, 0]);

    private static (ScratchRdbOutput Output, RdbWriter Writer) Plain()
    {
        var output = new ScratchRdbOutput();
        return (output, new RdbWriter(output, new RdbWriterOptions { Compression = RdbCompression.None }));
    }
}
