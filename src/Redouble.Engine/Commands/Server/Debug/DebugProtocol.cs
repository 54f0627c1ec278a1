using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG PROTOCOL: one value of each type that a client library has to read.</summary>
internal static class DebugProtocol
{
    public static void Run(CommandContext c)
    {
        var reply = c.Reply;
        if (c.Is(2, "string"u8)) reply.Bulk("Hello World"u8);
        else if (c.Is(2, "integer"u8)) reply.Integer(12345);
        else if (c.Is(2, "double"u8)) reply.Double("3.141"u8);
        else if (c.Is(2, "null"u8)) reply.Null();
        else if (c.Is(2, "array"u8)) Numbers(reply, static (writer, count) => writer.ArrayHeader(count));
        else if (c.Is(2, "set"u8)) Numbers(reply, static (writer, count) => writer.SetHeader(count));
        else if (c.Is(2, "map"u8)) Map(reply);
        else if (c.Is(2, "attrib"u8)) Attribute(reply);
        else if (c.Is(2, "push"u8)) Push(reply);
        else if (c.Is(2, "verbatim"u8)) reply.Verbatim("txt"u8, "This is a verbatim\nstring"u8);
        else if (c.Is(2, "true"u8)) reply.Boolean(true);
        else if (c.Is(2, "false"u8)) reply.Boolean(false);
        else if (c.Is(2, "bignum"u8)) reply.BigNumber("1234567999999999999999999999999999999"u8);
        else
        {
            reply.Error(
                "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"u8);
        }
    }

    private static void Numbers(ReplyWriter reply, Action<ReplyWriter, long> header)
    {
        const int count = 3;
        header(reply, count);
        for (var i = 0; i < count; i++) reply.Integer(i);
    }

    private static void Map(ReplyWriter reply)
    {
        const int count = 3;
        reply.MapHeader(count);
        for (var i = 0; i < count; i++)
        {
            reply.Integer(i);
            reply.Boolean(i == 1);
        }
    }

    private static void Attribute(ReplyWriter reply)
    {
        if (reply.AttributeHeader(1))
        {
            reply.Bulk("key-popularity"u8);
            reply.ArrayHeader(2);
            reply.Bulk("key:123"u8);
            reply.Integer(90);
        }

        reply.Bulk("Some real reply following the attribute"u8);
    }

    private static void Push(ReplyWriter reply)
    {
        if (reply.Version == RespVersion.Resp2)
        {
            reply.Error("ERR RESP2 is not supported by this command"u8);
            return;
        }

        reply.PushHeader(2);
        reply.Bulk("server-cpu-usage"u8);
        reply.Integer(42);
        reply.Bulk("Some real reply following the push reply"u8);
    }
}
