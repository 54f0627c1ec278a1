namespace Redouble.Interop.Tests.Harness;

/// <summary>The data set as a primary sent it.</summary>
/// <param name="Diskless">True for the <c>$EOF:</c> form, false for <c>$length</c>.</param>
internal sealed record SyncPayload(byte[] Rdb, bool Diskless)
{
    /// <summary>Reads the newlines before the payload and the payload in either form.</summary>
    public static SyncPayload Read(WireReader reader)
    {
        string line;
        do
        {
            line = reader.ReadLine();
        }
        while (line.Length == 0);

        if (line.StartsWith("$EOF:", StringComparison.Ordinal))
        {
            byte[] mark = Latin1.Bytes(line[5..]);
            byte[] bytes = reader.ReadUntil(mark);
            return new SyncPayload(bytes[..^mark.Length], Diskless: true);
        }

        return line.StartsWith('$') && int.TryParse(line.AsSpan(1), out int length)
            ? new SyncPayload(reader.ReadExactly(length), Diskless: false)
            : throw new InvalidDataException($"no payload but: {Latin1.Quote(line)}");
    }
}
