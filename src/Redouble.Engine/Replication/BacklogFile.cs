using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Redouble.Core.Checksums;
using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;

namespace Redouble.Engine.Replication;

/// <summary>
/// <c>repl-backlog-persist</c>: the bytes of the backlog, left beside the data at a clean shutdown and taken back at the next start, when they end exactly
/// where the data set stands that was recovered.
/// <code>
///   REDOUBLE-BACKLOG 3 &lt;replid&gt; &lt;first offset&gt; &lt;last offset&gt; &lt;field expiry&gt; &lt;shared&gt; &lt;unit&gt; &lt;database&gt; LF
///   the bytes │ CRC-64, 8 bytes, little endian
/// </code>
/// The sum is of all before it. The words behind the offsets are <see cref="ReplicationLog.FieldExpiryOffset"/>, <see cref="ReplicationHistory.SharedOffset"/>
/// (-1 for none) and the first offset at which a unit begins, with its database (-1 when the stream has not said one). Version 2 ends behind the first of
/// them, and version 1 before it: any of its units may be such a one.
/// The file is used once: what is written after the start would not be in it.
/// </summary>
internal sealed class BacklogFile(Node node)
{
    /// <summary>Its name in <c>dir</c>.</summary>
    public const string Name = "replication.backlog";

    private const int ChunkSize = 64 * 1024;
    private const int HeadMax = 256;
    private const int SumLength = 8;

    /// <summary>What of a history that was taken was known to be elsewhere: an offset, all of it when the file does not tell.</summary>
    public long SharedOffset { get; private set; } = long.MaxValue;

    private string Path => node.Config.Paths.Of(Name);

    private ReplicationLog Log => node.Replication.Protocol.Log;

    /// <summary>Leaves the backlog for the next start, if there is one; a failure is told and costs nothing else.</summary>
    public void Save()
    {
        var history = node.Replication.Protocol.History;
        if (!Log.IsActive || Log.HistoryLength == 0 || !history.IsResumable) return;
        var temporary = node.Config.Paths.Of(TemporaryFile.NameOf(node, ".backlog"));
        try
        {
            using (var file = node.Parts.Files.Create(temporary)) Write(file, history);
            node.Parts.Files.Rename(temporary, Path);
            Tell(ConfigLogLevel.Notice, $"Backlog of {Log.HistoryLength} bytes saved on disk");
        }
        catch (IOException failure)
        {
            TemporaryFile.Remove(node.Parts.Files, temporary); // on a full disk its space is wanted
            Tell(ConfigLogLevel.Warning, $"The backlog could not be saved: {failure.Message}");
        }
    }

    /// <summary>Fills the log with the bytes up to <paramref name="offset"/> of that history, if the file has them. It is gone afterwards.</summary>
    public bool TryTake(ReplicationId id, long offset)
    {
        try
        {
            using var file = node.Parts.Files.OpenRead(Path);
            if (file == null) return false;
            var reason = Read(file, id, offset);
            node.Parts.Files.Delete(Path);
            if (reason.Length > 0) Log.Free();
            Tell(ConfigLogLevel.Notice, reason.Length > 0 ? $"The saved backlog is of no use: {reason}"
                : $"Backlog of {Log.HistoryLength} bytes loaded from disk");
            return reason.Length == 0;
        }
        catch (IOException failure)
        {
            Log.Free();
            Tell(ConfigLogLevel.Warning, $"The saved backlog could not be read: {failure.Message}");
            return false;
        }
    }

    private void Write(ISpoolFile file, ReplicationHistory history)
    {
        var unit = Log.EdgeFor(Log.FirstOffset) ?? new LogEdge(Log.EndOffset + 1, Log.StreamDatabase);
        var (first, last, id) = (Log.FirstOffset, Log.EndOffset, history.Identity.Id);
        var shared = history.IsOwn ? history.SharedOffset : last; // the primary has what a replica has
        var head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"REDOUBLE-BACKLOG 3 {id} {first} {last} {Log.FieldExpiryOffset} {shared} {unit.Offset} {unit.Database}\n"));
        var sum = Crc64.Append(0, head);
        file.Write(head);
        var cursor = Log.TryOpenCursor(Log.FirstOffset)!;
        try
        {
            while (cursor.PendingBytes > 0)
            {
                var bytes = cursor.Peek();
                sum = Crc64.Append(sum, bytes);
                file.Write(bytes);
                cursor.Advance(bytes.Length);
            }
        }
        finally
        {
            cursor.Close();
        }

        Span<byte> end = stackalloc byte[SumLength];
        BinaryPrimitives.WriteUInt64LittleEndian(end, sum);
        file.Write(end);
        file.Sync();
    }

    // Why it cannot be used, or nothing.
    private string Read(IReadableFile file, ReplicationId id, long offset)
    {
        var chunk = new byte[ChunkSize];
        var filled = Fill(file, chunk, 0);
        var headLength = chunk.AsSpan(0, Math.Min(filled, HeadMax)).IndexOf((byte)'\n') + 1;
        if (headLength == 0) return "it is damaged";
        var words = Encoding.Latin1.GetString(chunk, 0, headLength - 1).Split(' ');
        if (TryReadHead(words) is not { } head) return "it is damaged";
        var (first, last) = (head.First, head.Last);
        if (words[2] != id.ToString() || last != offset) return $"it ends at {words[2]}:{last}, and the data set is that of {id}:{offset}";
        var left = last - first + 1;
        if (file.Length != headLength + left + SumLength) return "it is damaged";
        var sum = Crc64.Append(0, chunk.AsSpan(0, headLength));
        Log.BeginRecovery(first);
        var at = headLength;
        while (left > 0)
        {
            if (at == filled) (filled, at) = (Fill(file, chunk, 0), 0);
            if (filled == 0) return "it is damaged";
            var part = chunk.AsSpan(at, (int)Math.Min(left, filled - at));
            sum = Crc64.Append(sum, part);
            Log.Append(part);
            at += part.Length;
            left -= part.Length;
        }

        chunk.AsSpan(at, filled - at).CopyTo(chunk);
        filled = Fill(file, chunk, filled - at);
        if (filled != SumLength || BinaryPrimitives.ReadUInt64LittleEndian(chunk) != sum) return "it is damaged";
        Log.EndRecovery(head.FieldExpiry, head.Unit);
        SharedOffset = head.Shared;
        return "";
    }

    private static Head? TryReadHead(string[] words)
    {
        if (words[0] != "REDOUBLE-BACKLOG" || (words.Length, words.ElementAtOrDefault(1)) is not ((5, "1") or (6, "2") or (9, "3"))) return null;
        if (!TryOffset(words[3], out var first) || !TryOffset(words[4], out var last) || first < 1 || last < first) return null;
        if (!TryOffset(words.Length == 5 ? words[4] : words[5], out var fieldExpiry) || fieldExpiry > last) return null;
        if (words.Length < 9) return new Head(first, last, fieldExpiry, long.MaxValue, null);
        var shared = -1L;
        if (words[6] != "-1" && !TryOffset(words[6], out shared)) return null;
        if (!TryOffset(words[7], out var unit) || unit < first || unit > last + 1) return null;
        var database = -1L;
        if (words[8] != "-1" && (!TryOffset(words[8], out database) || database > int.MaxValue)) return null;
        return new Head(first, last, fieldExpiry, shared, new LogEdge(unit, (int)database));
    }

    private static bool TryOffset(string word, out long offset) => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out offset);

    private static int Fill(IReadableFile file, byte[] chunk, int from)
    {
        int read;
        while (from < chunk.Length && (read = file.Read(chunk.AsSpan(from))) > 0) from += read;
        return from;
    }

    private void Tell(ConfigLogLevel level, string text) => node.Parts.Host.Log(level, text);

    private readonly record struct Head(long First, long Last, long FieldExpiry, long Shared, LogEdge? Unit);
}
