using System.Text;
using Redouble.Replication.Conversations;
using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>Where a primary says, in INFO replication, that it stands in which histories.</summary>
/// <param name="Id">master_replid.</param>
/// <param name="Offset">master_repl_offset.</param>
/// <param name="SecondId">master_replid2, or none.</param>
/// <param name="SecondEnd">Last offset that belongs to <paramref name="SecondId"/> too.</param>
/// <param name="CatchesUp">Whether it is itself a replica whose link is up, so that it will get what it lacks.</param>
internal readonly record struct PrimaryPlace(ReplicationId Id, long Offset, ReplicationId SecondId, long SecondEnd, bool CatchesUp)
{
    /// <summary>Reads the section; false when it lacks what matters.</summary>
    public static bool TryParse(ReadOnlySpan<byte> section, out PrimaryPlace place)
    {
        place = default;
        var info = new InfoText();
        info.Add(section);
        if (!TryRead(info["master_replid"], out var id) || info.Number("master_repl_offset") is not (>= 0 and var offset)) return false;
        if (!TryRead(info["master_replid2"], out var secondId)) secondId = ReplicationId.None;
        var secondOffset = secondId.IsNone ? 0 : info.Number("second_repl_offset", 0);
        place = new PrimaryPlace(id, offset, secondId, secondOffset - 1, info["role"] == "slave" && info["master_link_status"] == "up");
        return true;
    }

    /// <summary>The last offset that it shares with the history <paramref name="id"/>; -1 when it does not know that one.</summary>
    public long EndIn(ReplicationId id) => id == Id ? Offset : !SecondId.IsNone && id == SecondId ? SecondEnd : -1;

    private static bool TryRead(string text, out ReplicationId id) => ReplicationId.TryParse(Encoding.Latin1.GetBytes(text), out id);
}
