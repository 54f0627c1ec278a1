using Redouble.Core.Text;
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
        var hasId = ReplicationId.TryParse(Field(section, "master_replid:"u8), out var id);
        if (!hasId || !Integers.TryParse(Field(section, "master_repl_offset:"u8), out var offset)) return false;
        if (!ReplicationId.TryParse(Field(section, "master_replid2:"u8), out var secondId)) secondId = ReplicationId.None;
        if (!Integers.TryParse(Field(section, "second_repl_offset:"u8), out var secondOffset) || secondId.IsNone) secondOffset = 0;
        var catchesUp = Field(section, "role:"u8).SequenceEqual("slave"u8) && Field(section, "master_link_status:"u8).SequenceEqual("up"u8);
        place = new PrimaryPlace(id, offset, secondId, secondOffset - 1, catchesUp);
        return true;
    }

    /// <summary>The last offset that it shares with the history <paramref name="id"/>; -1 when it does not know that one.</summary>
    public long EndIn(ReplicationId id) => id == Id ? Offset : !SecondId.IsNone && id == SecondId ? SecondEnd : -1;

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> section, ReadOnlySpan<byte> name)
    {
        while (!section.IsEmpty)
        {
            var end = section.IndexOf((byte)'\n');
            var line = end < 0 ? section : section[..end];
            if (line.StartsWith(name)) return line[name.Length..].TrimEnd((byte)'\r');
            section = end < 0 ? [] : section[(end + 1)..];
        }

        return [];
    }
}
