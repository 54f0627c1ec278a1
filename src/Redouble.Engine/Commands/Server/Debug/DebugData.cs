using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG subcommands about keys and values.</summary>
internal static class DebugData
{
    public static void Digest(CommandContext c)
    {
        Span<byte> digest = stackalloc byte[DatasetDigest.Length];
        DatasetDigest.Compute(c.Keyspace, digest);
        c.Reply.SimpleString(Convert.ToHexStringLower(digest));
    }

    public static void DigestValue(CommandContext c)
    {
        Span<byte> digest = stackalloc byte[DatasetDigest.Length];
        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            var record = c.Database.Peek(c[i], c.Keyspace.Hash(c[i]));
            digest.Clear();
            if (!record.IsMissing) DatasetDigest.OfValue(record, digest);
            c.Reply.SimpleString(Convert.ToHexStringLower(digest));
        }
    }
}
