namespace Redouble.Persistence.Rdb;

/// <summary>
/// What FUNCTION DUMP returns and FUNCTION RESTORE takes: the libraries as they stand in an RDB, one opcode and one string each, then version and
/// checksum as behind the value of a DUMP.
/// </summary>
public static class FunctionPayload
{
    private const int FooterLength = 10;

    /// <summary>Reads the code of all libraries; false, with nothing usable, when the payload is not whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, List<byte[]> libraries)
    {
        if (payload.Length < FooterLength || !DumpPayload.IsIntact(payload)) return false;
        var scratch = new RdbScratch();
        for (var rest = payload[..^FooterLength]; !rest.IsEmpty;)
        {
            if (rest[0] != RdbOpcodes.Function2) return false;
            if (RdbStrings.TryRead(rest[1..], scratch, out var library, out var size) != RdbAtom.Read) return false;
            libraries.Add(library.ToArray());
            scratch.Clear();
            rest = rest[(1 + size)..];
        }

        return true;
    }
}
