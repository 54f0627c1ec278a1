using System.Numerics;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>
/// One command as COMMAND DOCS shows it: its full name and a map of what is known (shape: COMMAND DOCS of 7.0.15, with the <c>display_text</c> of 7.2).
/// <code>
/// summary, since, group, complexity?, doc_flags?, deprecated_since?, replaced_by?, history?, arguments?, subcommands?
///   argument = { name, type, display_text (not for oneof and block), key_spec_index?, token?, since?, deprecated_since?, flags?, arguments? }
/// </code>
/// </summary>
internal static class CommandDocsReply
{
    /// <summary>Writes the name and the map: one pair of the map around it.</summary>
    public static void Write(ReplyWriter reply, CommandInfo info)
    {
        var docs = CommandTable.DocsOf(info.Id);
        reply.Bulk(info.FullNameUtf8);
        var pairs = 0;
        var header = reply.BeginDeferred();
        pairs += Text(reply, "summary"u8, docs.Summary);
        pairs += Text(reply, "since"u8, docs.Since);
        pairs += Text(reply, "group"u8, CommandNames.OfGroup(docs.Group));
        pairs += Text(reply, "complexity"u8, docs.Complexity);
        pairs += DocFlags(reply, docs);
        pairs += Text(reply, "deprecated_since"u8, docs.DeprecatedSince);
        pairs += Text(reply, "replaced_by"u8, docs.ReplacedBy);
        pairs += History(reply, docs.History);
        pairs += Arguments(reply, docs.Arguments);
        if (info.Subcommands.Length > 0)
        {
            pairs++;
            reply.Bulk("subcommands"u8);
            reply.MapHeader(info.Subcommands.Length);
            foreach (var id in info.Subcommands) Write(reply, CommandTable.Infos[id]);
        }

        reply.EndMap(header, pairs);
    }

    private static int Text(ReplyWriter reply, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null) return 0;
        reply.Bulk(name);
        reply.Bulk(text);
        return 1;
    }

    private static int DocFlags(ReplyWriter reply, CommandDocs docs)
    {
        var deprecated = docs.DeprecatedSince is not null;
        if (!deprecated && !docs.System) return 0;
        reply.Bulk("doc_flags"u8);
        reply.SetHeader((deprecated ? 1 : 0) + (docs.System ? 1 : 0));
        if (deprecated) reply.SimpleString("deprecated"u8);
        if (docs.System) reply.SimpleString("syscmd"u8);
        return 1;
    }

    private static int History(ReplyWriter reply, CommandChange[] history)
    {
        if (history.Length == 0) return 0;
        reply.Bulk("history"u8);
        reply.SetHeader(history.Length);
        foreach (var change in history)
        {
            reply.ArrayHeader(2);
            reply.Bulk(change.Since);
            reply.Bulk(change.Text);
        }

        return 1;
    }

    private static int Arguments(ReplyWriter reply, CommandArgument[] arguments)
    {
        if (arguments.Length == 0) return 0;
        reply.Bulk("arguments"u8);
        reply.ArrayHeader(arguments.Length);
        foreach (var argument in arguments) Argument(reply, argument);
        return 1;
    }

    private static void Argument(ReplyWriter reply, CommandArgument argument)
    {
        var pairs = 0;
        var header = reply.BeginDeferred();
        pairs += Text(reply, "name"u8, argument.Name);
        pairs += Text(reply, "type"u8, CommandNames.OfArgumentType(argument.Type));
        if (argument.Type is not (ArgumentType.OneOf or ArgumentType.Block)) pairs += Text(reply, "display_text"u8, argument.Display ?? argument.Name);
        if (argument.KeySpecIndex >= 0)
        {
            reply.Bulk("key_spec_index"u8);
            reply.Integer(argument.KeySpecIndex);
            pairs++;
        }

        pairs += Text(reply, "token"u8, argument.Token);
        pairs += Text(reply, "since"u8, argument.Since);
        pairs += Text(reply, "deprecated_since"u8, argument.DeprecatedSince);
        pairs += Flags(reply, argument.Flags);
        pairs += Arguments(reply, argument.Arguments);
        reply.EndMap(header, pairs);
    }

    private static int Flags(ReplyWriter reply, ArgumentFlags flags)
    {
        if (flags == ArgumentFlags.None) return 0;
        reply.Bulk("flags"u8);
        reply.SetHeader(BitOperations.PopCount((uint)flags));
        if ((flags & ArgumentFlags.Optional) != ArgumentFlags.None) reply.SimpleString("optional"u8);
        if ((flags & ArgumentFlags.Multiple) != ArgumentFlags.None) reply.SimpleString("multiple"u8);
        if ((flags & ArgumentFlags.MultipleToken) != ArgumentFlags.None) reply.SimpleString("multiple_token"u8);
        return 1;
    }
}
