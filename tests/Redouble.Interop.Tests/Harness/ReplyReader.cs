namespace Redouble.Interop.Tests.Harness;

/// <summary>Reads RESP2 and RESP3 replies strictly: what no server may send is an exception that shows the line.</summary>
internal static class ReplyReader
{
    public static Reply Read(WireReader reader)
    {
        string line = reader.ReadLine();
        if (line.Length == 0)
        {
            throw new InvalidDataException("empty line where a reply should start");
        }

        string rest = line[1..];
        switch (line[0])
        {
            case '+' or '-' or ':' or ',' or '(':
                return new Reply(line[0], rest);
            case '#' when rest is "t" or "f":
                return new Reply('#', rest);
            case '_' when rest.Length == 0:
                return new Reply('_', null);
            case '$' or '!' or '=':
                return ReadBulk(reader, line[0], Length(line));
            case '*' or '~' or '>' or '%' or '|':
                int count = Length(line);
                return count < 0 ? new Reply(line[0], "-1") : ReadItems(reader, line[0], line[0] is '%' or '|' ? count * 2 : count);
            default:
                throw new InvalidDataException($"not a reply: {Latin1.Quote(line)}");
        }
    }

    private static int Length(string line) =>
        int.TryParse(line.AsSpan(1), out int length) && length >= -1 ? length : throw new InvalidDataException($"bad length: {Latin1.Quote(line)}");

    private static Reply ReadBulk(WireReader reader, char type, int length)
    {
        if (length < 0)
        {
            return new Reply(type, null);
        }

        byte[] bytes = reader.ReadExactly(length + 2);
        if (bytes[length] != '\r' || bytes[length + 1] != '\n')
        {
            throw new InvalidDataException($"bulk of {length} bytes without its line end");
        }

        return new Reply(type, Latin1.Text(bytes.AsSpan(0, length)));
    }

    private static Reply ReadItems(WireReader reader, char type, int count)
    {
        var items = new Reply[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = Read(reader);
        }

        return new Reply(type, null, items);
    }
}
