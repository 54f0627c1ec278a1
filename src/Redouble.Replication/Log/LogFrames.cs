using System.Globalization;
using System.Text;

namespace Redouble.Replication.Log;

/// <summary>The fixed frames of the replication stream, spelled as Redis spells them.</summary>
public static class LogFrames
{
    /// <summary>Keeps the link alive while nothing is written.</summary>
    public static ReadOnlySpan<byte> Ping => "*1\r\n$4\r\nping\r\n"u8;

    /// <summary>Asks every replica for its offset.</summary>
    public static ReadOnlySpan<byte> GetAck => "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"u8;

    /// <summary>The same with an argument that is not for everyone.</summary>
    public static byte[] GetAckFor(ReadOnlySpan<byte> argument)
    {
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n${argument.Length}\r\n"));
        return [.. head, .. argument, .. "\r\n"u8];
    }

    /// <summary>Opens a unit of more than one effect.</summary>
    public static ReadOnlySpan<byte> Multi => "*1\r\n$5\r\nMULTI\r\n"u8;

    /// <summary>Closes a unit of more than one effect.</summary>
    public static ReadOnlySpan<byte> Exec => "*1\r\n$4\r\nEXEC\r\n"u8;
}
