using System.Text;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Primary;

/// <summary>
/// REPLCONF option value … as a primary takes it. Options are taken one after the other; the first bad one ends the command with its
/// error, and what came before stays. ACK, GETACK and what a Redouble says of its copy have no reply.
/// </summary>
internal static class ReplconfCommand
{
    private const int AddressMax = 256;

    /// <summary>Executes the command on <paramref name="link"/>.</summary>
    public static void Execute(ReplicaLink link, in CommandFrame command, ReplyWriter reply, long now)
    {
        if (command.Count % 2 == 0)
        {
            reply.Error("ERR syntax error"u8);
            return;
        }

        for (var i = 1; i < command.Count; i += 2)
        {
            var option = command[i];
            if (AsciiCase.EqualsIgnoreCase(option, "ack"u8))
            {
                Acknowledge(link, command, i, now);
                return;
            }

            if (AsciiCase.EqualsIgnoreCase(option, "getack"u8)) return; // from a primary only, on its link
            if (link.IsReplica && AsciiCase.EqualsIgnoreCase(option, "redouble-verify"u8))
            {
                link.OnVerification(command[i + 1]);
                return;
            }

            if (!TrySet(link, option, command[i + 1], reply)) return;
        }

        if (link.Options.Can(ReplicaCapabilities.Redouble) && HasCapability(command)) reply.SimpleString("OK redouble"u8);
        else reply.Ok();
    }

    private static bool TrySet(ReplicaLink link, ReadOnlySpan<byte> option, ReadOnlySpan<byte> value, ReplyWriter reply)
    {
        var options = link.Options;
        if (AsciiCase.EqualsIgnoreCase(option, "listening-port"u8))
        {
            if (!Integers.TryParse(value, out var port)) return RefuseNumber(reply);
            options.ListeningPort = (int)port;
        }
        else if (AsciiCase.EqualsIgnoreCase(option, "ip-address"u8))
        {
            if (value.Length >= AddressMax)
            {
                return Refuse(reply, $"ERR REPLCONF ip-address provided by replica instance is too long: {value.Length} bytes");
            }

            options.Address = Encoding.Latin1.GetString(value);
        }
        else if (AsciiCase.EqualsIgnoreCase(option, "capa"u8))
        {
            options.Capabilities |= CapabilityOf(value) & ~link.Unavailable;
        }
        else if (AsciiCase.EqualsIgnoreCase(option, "version"u8))
        {
            options.Version = Encoding.Latin1.GetString(value[..Math.Min(value.Length, 64)]);
        }
        else if (AsciiCase.EqualsIgnoreCase(option, "rdb-only"u8))
        {
            if (!TryReadFlag(value, reply, out var flag)) return false;
            options.RdbOnly = flag;
        }
        else if (AsciiCase.EqualsIgnoreCase(option, "rdb-filter-only"u8))
        {
            return TrySetFilter(options, value, reply);
        }
        else if (link.SpeaksChannels && TrySetChannel(link, option, value, reply, out var accepted))
        {
            return accepted;
        }
        else
        {
            return Refuse(reply, $"ERR Unrecognized REPLCONF option: {ErrorText.Shown(option)}");
        }

        return true;
    }

    // What the two connections of a full sync say of each other. False when the option is another one.
    private static bool TrySetChannel(ReplicaLink link, ReadOnlySpan<byte> option, ReadOnlySpan<byte> value, ReplyWriter reply, out bool accepted)
    {
        accepted = true;
        if (AsciiCase.EqualsIgnoreCase(option, "rdb-channel"u8))
        {
            accepted = TryReadFlag(value, reply, out var flag);
            if (accepted) link.Options.IsChannel = flag;
            return true;
        }

        var isOfMain = AsciiCase.EqualsIgnoreCase(option, "set-rdb-client-id"u8);
        if (!isOfMain && !AsciiCase.EqualsIgnoreCase(option, "main-ch-client-id"u8)) return false;
        if (!Integers.TryParse(value, out var client)) accepted = RefuseNumber(reply);
        else if (!link.TryAssociate(client, isOfMain)) accepted = Refuse(reply, $"ERR Unrecognized RDB client id{(isOfMain ? "" : ":")} {client}");
        return true;
    }

    private static bool TryReadFlag(ReadOnlySpan<byte> value, ReplyWriter reply, out bool flag)
    {
        flag = false;
        if (!Integers.TryParse(value, out var number)) return RefuseNumber(reply);
        flag = number == 1;
        return number is 0 or 1 || Refuse(reply, "ERR value is out of range, value must between 0 and 1");
    }

    // The list names what to send; an empty one asks for an RDB without content.
    private static bool TrySetFilter(ReplicaOptions options, ReadOnlySpan<byte> value, ReplyWriter reply)
    {
        var content = SnapshotContent.None;
        foreach (var range in value.Split((byte)' '))
        {
            var word = value[range];
            if (word.IsEmpty) continue;
            if (!AsciiCase.EqualsIgnoreCase(word, "functions"u8))
            {
                return Refuse(reply, $"ERR Unsupported rdb-filter-only option: {ErrorText.Shown(word)}");
            }

            content |= SnapshotContent.Functions;
        }

        options.Content = content;
        return true;
    }

    private static void Acknowledge(ReplicaLink link, in CommandFrame command, int at, long now)
    {
        if (!Integers.TryParse(command[at + 1], out var offset)) return;
        var durable = -1L;
        var hasDurable = command.Count > at + 3 && AsciiCase.EqualsIgnoreCase(command[at + 2], "fack"u8) &&
            Integers.TryParse(command[at + 3], out durable);
        link.OnAck(offset, hasDurable ? durable : -1, now);
    }

    private static ReplicaCapabilities CapabilityOf(ReadOnlySpan<byte> value)
    {
        if (AsciiCase.EqualsIgnoreCase(value, "eof"u8)) return ReplicaCapabilities.Eof;
        if (AsciiCase.EqualsIgnoreCase(value, "psync2"u8)) return ReplicaCapabilities.Psync2;
        if (AsciiCase.EqualsIgnoreCase(value, "dual-channel"u8)) return ReplicaCapabilities.DualChannel;
        if (AsciiCase.EqualsIgnoreCase(value, "rdb-channel-repl"u8)) return ReplicaCapabilities.RdbChannel;
        return AsciiCase.EqualsIgnoreCase(value, "redouble"u8) ? ReplicaCapabilities.Redouble : ReplicaCapabilities.None; // unknown ones are no error
    }

    private static bool HasCapability(in CommandFrame command)
    {
        for (var i = 1; i < command.Count; i += 2)
        {
            if (AsciiCase.EqualsIgnoreCase(command[i], "capa"u8)) return true;
        }

        return false;
    }

    private static bool RefuseNumber(ReplyWriter reply) => Refuse(reply, "ERR value is not an integer or out of range");

    private static bool Refuse(ReplyWriter reply, string text)
    {
        reply.Error(Encoding.Latin1.GetBytes(text));
        return false;
    }
}
