using System.Numerics;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>
/// One command as COMMAND INFO shows it (shape: COMMAND INFO of 7.0.15, RESP2 and RESP3):
/// <code>
/// [ name, arity, {flags}, first key, last key, step, {@categories}, {tips}, {key specs}, [subcommands] ]
///   key spec = { notes?, flags, begin_search: { type, spec: {…} }, find_keys: { type, spec: {…} } }
/// </code>
/// Braces are sets, or maps where they have names.
/// </summary>
internal static class CommandInfoReply
{
    /// <summary>Writes <paramref name="info"/>, with its subcommands when it has some.</summary>
    public static void Write(ReplyWriter reply, CommandInfo info)
    {
        reply.ArrayHeader(10);
        reply.Bulk(info.FullNameUtf8);
        reply.Integer(info.Arity);
        WriteFlags(reply, info.Flags);
        reply.Integer(info.Range.First);
        reply.Integer(info.Range.Last);
        reply.Integer(info.Range.Step);
        WriteCategories(reply, info.Acl);
        reply.SetHeader(info.Tips.Length);
        foreach (var tip in info.Tips) reply.Bulk(tip);
        reply.SetHeader(info.KeySpecs.Length);
        foreach (var spec in info.KeySpecs) WriteKeySpec(reply, spec);
        if (info.Subcommands.Length == 0)
        {
            reply.SetHeader(0);
            return;
        }

        reply.ArrayHeader(info.Subcommands.Length);
        foreach (var id in info.Subcommands) Write(reply, CommandTable.Infos[id]);
    }

    /// <summary>Writes the flags of a key spec or of a key.</summary>
    public static void WriteKeyFlags(ReplyWriter reply, KeySpecFlags flags)
    {
        reply.SetHeader(BitOperations.PopCount((uint)flags));
        foreach (var (flag, name) in CommandNames.KeyFlags)
            if ((flags & flag) != KeySpecFlags.None) reply.SimpleString(name);
    }

    private static void WriteFlags(ReplyWriter reply, CommandFlags flags)
    {
        var shown = 0;
        foreach (var (flag, _) in CommandNames.Flags)
            if ((flags & flag) != CommandFlags.None) shown++;
        reply.SetHeader(shown);
        foreach (var (flag, name) in CommandNames.Flags)
            if ((flags & flag) != CommandFlags.None) reply.SimpleString(name);
    }

    private static void WriteCategories(ReplyWriter reply, AclCategory categories)
    {
        reply.SetHeader(BitOperations.PopCount((uint)categories));
        for (var bit = 0; bit < CommandNames.Categories.Length; bit++)
            if (((uint)categories >> bit & 1) != 0) reply.SimpleString("@" + CommandNames.Categories[bit]);
    }

    private static void WriteKeySpec(ReplyWriter reply, KeySpec spec)
    {
        reply.MapHeader(spec.Notes is null ? 3 : 4);
        if (spec.Notes is not null)
        {
            reply.Bulk("notes"u8);
            reply.Bulk(spec.Notes);
        }

        reply.Bulk("flags"u8);
        WriteKeyFlags(reply, spec.Flags);
        reply.Bulk("begin_search"u8);
        WriteBegin(reply, spec.Begin);
        reply.Bulk("find_keys"u8);
        WriteFind(reply, spec.Find);
    }

    private static void WriteBegin(ReplyWriter reply, BeginSearch begin)
    {
        switch (begin.Kind)
        {
            case BeginSearchKind.Index:
                WriteKind(reply, "index"u8, 1);
                WritePair(reply, "index"u8, begin.Position);
                break;
            case BeginSearchKind.Keyword:
                WriteKind(reply, "keyword"u8, 2);
                reply.Bulk("keyword"u8);
                reply.Bulk(begin.Keyword!);
                WritePair(reply, "startfrom"u8, begin.Position);
                break;
            default:
                WriteKind(reply, "unknown"u8, 0);
                break;
        }
    }

    private static void WriteFind(ReplyWriter reply, FindKeys find)
    {
        switch (find.Kind)
        {
            case FindKeysKind.Range:
                WriteKind(reply, "range"u8, 3);
                WritePair(reply, "lastkey"u8, find.LastKey);
                WritePair(reply, "keystep"u8, find.Step);
                WritePair(reply, "limit"u8, find.Limit);
                break;
            case FindKeysKind.KeyNum:
                WriteKind(reply, "keynum"u8, 3);
                WritePair(reply, "keynumidx"u8, find.KeyNumIndex);
                WritePair(reply, "firstkey"u8, find.FirstKey);
                WritePair(reply, "keystep"u8, find.Step);
                break;
            default:
                WriteKind(reply, "unknown"u8, 0);
                break;
        }
    }

    private static void WriteKind(ReplyWriter reply, ReadOnlySpan<byte> type, int pairs)
    {
        reply.MapHeader(2);
        reply.Bulk("type"u8);
        reply.Bulk(type);
        reply.Bulk("spec"u8);
        reply.MapHeader(pairs);
    }

    private static void WritePair(ReplyWriter reply, ReadOnlySpan<byte> name, int value)
    {
        reply.Bulk(name);
        reply.Integer(value);
    }
}
