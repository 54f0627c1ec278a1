using System.Buffers.Binary;
using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Fuzz.Resp;

/// <summary>
/// A client of a node: whatever it sends, the node answers or closes the connection, and it answers the same however the bytes are cut. Two more
/// clients read and write in between, so that what the first one breaks shows.
/// </summary>
internal sealed class RespTarget : FuzzTarget
{
    private const long HeldBytesMax = 24 << 20;

    private static readonly string[] Directives = ["proto-max-bulk-len 1048576", "client-query-buffer-limit 1048576", "save \"\""];

    private long _replies;
    private long _errors;
    private long _protocolErrors;

    public override string Name => "resp";

    public override string Reached => $"{_replies} bytes of replies, {_errors} inputs with errors, {_protocolErrors} with protocol errors";

    public override bool HasReachedAll => _replies > 0 && _errors > 0 && _protocolErrors > 0;

    public override byte[] Make(Random random) => RequestMaker.Make(random);

    public override long AllocationMax(int inputLength) => 40_000_000 + (3000L * inputLength);

    public override void Try(byte[] input)
    {
        var random = new Random((int)Crc64.Append(0, input));
        var whole = Replies(input, () => input.Length);
        var bytewise = Replies(input, () => 1);
        var max = random.Next(2, 60);
        var pieces = Replies(input, () => random.Next(1, max));
        if (!DependsOnCuts(input, whole))
        {
            Compare(whole, bytewise, "byte by byte");
            Compare(whole, pieces, $"cut into pieces of up to {max}");
        }

        _replies += whole.Length;
        if (whole.Contains("|-", StringComparison.Ordinal)) _errors++;
        if (whole.Contains("-ERR Protocol error", StringComparison.Ordinal)) _protocolErrors++;
    }

    /// <summary>
    /// SYNC is refused while replies wait to be sent, in Redis too; INFO tells of the sizes of buffers; ROLE of a replica, of a link that gets on
    /// from turn to turn.
    /// </summary>
    private static bool DependsOnCuts(byte[] input, string replies) =>
        System.Text.Encoding.Latin1.GetString(input).Contains("sync", StringComparison.OrdinalIgnoreCase)
        || replies.Contains("|# ", StringComparison.Ordinal)
        || replies.Contains("|$5|slave|", StringComparison.Ordinal);

    private static void Compare(string whole, string pieces, string how)
    {
        if (whole == pieces) return;
        var at = whole.AsSpan().CommonPrefixLength(pieces);
        throw new FuzzFailureException($"Sent {how}, the replies differ from byte {at} on:\n  whole:  {Excerpt(whole, at)}\n  pieces: {Excerpt(pieces, at)}");
    }

    private static string Excerpt(string text, int at)
    {
        var from = Math.Max(0, at - 80);
        return System.Text.Json.JsonSerializer.Serialize(text.Substring(from, Math.Min(200, text.Length - from)));
    }

    /// <summary>What the client was told, with the state of the data behind it.</summary>
    private static string Replies(ReadOnlySpan<byte> input, Func<int> pieceLength)
    {
        using var node = new EngineNode(Directives);
        var session = node.Connect();
        var observer = node.Connect();
        node.Do("SET k0 0123456789", observer);
        node.Do("SET k1 10", observer);
        var replies = new System.Text.StringBuilder("|");
        while (!input.IsEmpty && !IsClosed(session))
        {
            var piece = input[..Math.Min(input.Length, Math.Max(1, pieceLength()))];
            replies.Append(node.Send(piece, session));
            input = input[piece.Length..];
        }

        for (var i = 0; i < 4 && !IsClosed(session); i++)
        {
            node.Background.Drain();
            if (i > 0) node.Clock.Advance(100_000); // WAIT and CLIENT PAUSE end; one of 0 ms does so by itself
            node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
            node.Node.ResumeUnblocked();
            node.Node.EndTurn();
            replies.Append(node.Take(session));
        }

        FuzzFailureException.ThrowUnless(node.Node.Heap.HeldBytes <= HeldBytesMax, $"{node.Node.Heap.HeldBytes} bytes of native memory are held");
        if (node.ExitStatus == null) replies.Append(State(node));
        node.Node.RemoveSession(session);
        return replies.ToString();
    }

    private static bool IsClosed(Redouble.Engine.Sessions.Session session) =>
        session.Has(Redouble.Engine.Sessions.SessionFlags.CloseAfterReply | Redouble.Engine.Sessions.SessionFlags.CloseAsap);

    /// <summary>Databases as somebody else sees them.</summary>
    private static string State(EngineNode node)
    {
        var state = new System.Text.StringBuilder("#");
        var keyspace = node.Node.Keyspace;
        Span<byte> sums = stackalloc byte[8];
        for (var db = 0; db < keyspace.Databases.Length; db++)
        {
            if (keyspace[db].Count == 0) continue;
            var digest = new Digest();
            ulong cursor = 0;
            do cursor = keyspace[db].Scan(cursor, ref digest);
            while (cursor != 0);
            BinaryPrimitives.WriteUInt64LittleEndian(sums, digest.Sum);
            state.Append(db).Append('=').Append(keyspace[db].Count).Append(':').Append(Convert.ToHexString(sums)).Append(' ');
        }

        return state.ToString();
    }

    private struct Digest : Redouble.Storage.Keyspace.IKeyVisitor
    {
        public ulong Sum { get; private set; }

        public void Visit(Redouble.Storage.Keyspace.ReadRecord record)
        {
            var sum = Crc64.Append(0, record.Key);
            sum = Crc64.Append(sum, record.Value);
            Sum ^= Crc64.Append(sum, BitConverter.GetBytes(record.ExpireAtMs));
        }
    }
}
