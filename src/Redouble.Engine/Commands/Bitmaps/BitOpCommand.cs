using System.Buffers;
using Redouble.Core.Bits;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>
/// BITOP: the bits of several strings combined into one, which may be one of them. The result is written where it stays; the sources are read once, a chunk
/// of each after the other, so that the chunk of the result is still in the cache when the next source comes to it.
/// </summary>
internal static class BitOpCommand
{
    private const int Target = 2;
    private const int FirstSource = 3;
    private const int ChunkSize = 16 * 1024;

    [Command("bitop", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Bitmap, Keys = "OW update @2; RO access @3..-1",
        Group = CommandGroup.Bitmap, Since = "2.6.0", Summary = "Combines the bits of strings and stores the result.", Complexity = "O(N)",
        Syntax = "operation=( AND | OR | XOR | NOT ) destkey:key key:key#1...")]
    public static void BitOp(CommandContext c)
    {
        var inverts = c.Is(1, "not"u8);
        if (!TryOperation(c, out var operation) && !inverts)
        {
            c.SyntaxError();
            return;
        }

        if (inverts && c.Count != FirstSource + 1)
        {
            c.Reply.Error("ERR BITOP NOT must be called with a single source key."u8);
            return;
        }

        var length = 0;
        for (var i = FirstSource; i < c.Count; i++)
        {
            if (!StringValue.TryRead(c, i, out var record)) return;
            if (!record.IsMissing) length = Math.Max(length, record.ValueLength);
        }

        if (length > 0)
        {
            Combine(c, inverts, operation, OpenTarget(c, length));
            c.Changed();
            c.Notify(KeyspaceEvents.String, "set"u8, c[Target]);
        }
        else
        {
            KeyOutcomes.StoreNothing(c, Target);
        }

        c.Reply.Integer(length);
    }

    private static bool TryOperation(CommandContext c, out BitOperation operation)
    {
        operation = c.Is(1, "or"u8) ? BitOperation.Or : c.Is(1, "xor"u8) ? BitOperation.Xor : BitOperation.And;
        return operation != BitOperation.And || c.Is(1, "and"u8);
    }

    /// <summary>
    /// The target with room for the result. When it is a source its bytes are kept, and the zeros behind them are what a shorter source is filled up with.
    /// </summary>
    private static Span<byte> OpenTarget(CommandContext c, int length)
    {
        c.Keyspace.RequireRoom(length);
        var key = c[Target];
        var hash = c.Hash(Target);
        var isSource = LastPlaceOfTarget(c) > 0;
        if (isSource) c.Database.RemoveExpiry(key, hash);
        var record = c.Database.ReadForWrite(key, hash);

        // A string of about the length is written over; a shorter one would be copied before, a longer one keep its memory.
        var fits = !record.IsMissing && record.ValueLength >= length && record.ValueLength / 2 < length;
        var stays = !record.IsMissing && record.Type == ValueType.String && !record.HasExpiry && (isSource || fits);
        var before = stays ? record.ValueLength : 0;
        if (!stays) c.Database.SetString(key, hash, [], ValueEncoding.Raw);
        var value = stays ? c.Database.Open(record, hash) : c.Database.OpenForWrite(key, hash);
        var bytes = value.Resize(length);
        if (before < length) bytes[before..].Clear();
        value.Encoding = ValueEncoding.Raw;
        return bytes;
    }

    /// <summary>Reads only: the target's bytes stay where they are.</summary>
    private static void Combine(CommandContext c, bool inverts, BitOperation operation, Span<byte> target)
    {
        // The first two sources are read before the target is written, whatever they are; a third one that is the target would find it overwritten.
        var scratch = LastPlaceOfTarget(c) >= FirstSource + 2 ? ArrayPool<byte>.Shared.Rent(ChunkSize) : null;
        var chunkSize = c.Count <= FirstSource + 2 ? target.Length : ChunkSize;
        for (var at = 0; at < target.Length; at += chunkSize)
        {
            var chunk = target[at..Math.Min(target.Length, at + chunkSize)];
            var into = scratch == null ? chunk : scratch.AsSpan(0, chunk.Length);
            var first = Part(c, FirstSource, at, chunk.Length);
            if (inverts) BitCombination.Invert(into, first);
            else if (c.Count == FirstSource + 1) BitCombination.Combine(BitOperation.Or, into, first, []);
            else BitCombination.Combine(operation, into, first, Part(c, FirstSource + 1, at, chunk.Length));
            for (var i = FirstSource + 2; i < c.Count; i++) BitCombination.Combine(operation, into, into, Part(c, i, at, chunk.Length));
            if (scratch != null) into.CopyTo(chunk);
        }

        if (scratch != null) ArrayPool<byte>.Shared.Return(scratch);
    }

    private static ReadOnlySpan<byte> Part(CommandContext c, int source, int at, int length)
    {
        var record = c.Database.Peek(c[source], c.Hash(source));
        return record.IsMissing || record.ValueLength <= at ? [] : record.Value[at..Math.Min(record.ValueLength, at + length)];
    }

    /// <summary>The last source that is the target, or 0.</summary>
    private static int LastPlaceOfTarget(CommandContext c)
    {
        var i = c.Count - 1;
        while (i >= FirstSource && !c[i].SequenceEqual(c[Target])) i--;
        return i >= FirstSource ? i : 0;
    }
}
