using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>A damaged file at start: the server refuses to start, says why, and leaves the file as it was.</summary>
public sealed class RdbFileTests
{
    [RedoubleTheory]
    [InlineData(0.0, "")]
    [InlineData(0.001, "")]
    [InlineData(0.1, "")]
    [InlineData(0.5, "")]
    [InlineData(0.9, "")]
    [InlineData(0.9999, "")]
    public void TruncatedFilesAreRefused(double part, string log) => Scenario.Run(s =>
    {
        byte[] good = GoodFile(s);
        int length = part == 0.0 ? 0 : Math.Max(5, (int)(good.Length * part));
        RefusesToStart(s, good[..length], log);
    });

    [RedoubleTheory]
    [InlineData("signature", 0, "Wrong signature")]
    [InlineData("version", 5, "Can't handle RDB format version")]
    [InlineData("checksum", -1, "checksum")]
    [InlineData("middle", -200, "")]
    public void DamagedFilesAreRefused(string what, int position, string log) => Scenario.Run(s =>
    {
        byte[] bytes = GoodFile(s);
        bytes[position < 0 ? bytes.Length + position : position] ^= what == "version" ? (byte)0x09 : (byte)0x55;
        RefusesToStart(s, bytes, log);
    });

    [RedoubleFact]
    public void EveryFlippedByteIsNoticedOrHarmless() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("writer");
        server.Once("MSET", "key", "value", "number", "12345", "long", new string('a', 60));
        server.Once("SAVE");
        byte[] good = File.ReadAllBytes(server.RdbPath);
        string digest = server.Digest();
        RespClient client = s.Connect(server);
        var dice = new Differential.Dice(41);
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = [.. good];
            int at = dice.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << dice.Next(8));
            File.WriteAllBytes(server.RdbPath, bytes);
            Reply reply = client.Call("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE");
            Assert.True(reply.IsError || client.Must("DEBUG", "DIGEST").String == digest, $"byte {at} of {bytes.Length}: {reply}");
        }
    });

    [RedoubleFact]
    public void AMissingFileIsAnEmptyDataSet() => Scenario.Run(s =>
    {
        ServerProcess server = s.Subject("server");
        Assert.Equal(0, server.Once("DBSIZE").Integer);
    });

    [RedoubleFact]
    public void ADirectoryInPlaceOfTheFileIsRefused() => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(ServerKind.Redouble, "server");
        Directory.CreateDirectory(server.RdbPath);
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Matches("(?i)directory|Short read|Fatal error", server.Log());
    });

    private static byte[] GoodFile(Scenario s)
    {
        ServerProcess writer = s.Subject("writer");
        DataSet.Fill(s.Connect(writer), seed: 42, 2000);
        writer.Once("SAVE");
        return File.ReadAllBytes(writer.RdbPath);
    }

    private static void RefusesToStart(Scenario s, byte[] file, string log)
    {
        ServerProcess server = s.Create(ServerKind.Redouble, "server");
        File.WriteAllBytes(server.RdbPath, file);
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Equal(file, File.ReadAllBytes(server.RdbPath));
        string said = server.Log();
        Assert.Contains(log, said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Unhandled exception", said, StringComparison.Ordinal);
        Assert.Matches("(?i)Short read|Wrong|Can't handle|corrupt|Unrecoverable|Unexpected|Terminating|Fatal error|Aborting", said);
    }
}
