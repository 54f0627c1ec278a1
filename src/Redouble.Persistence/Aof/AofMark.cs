namespace Redouble.Persistence.Aof;

/// <summary>
/// What a mark says: everything in front of it, in this file and in those before it in the manifest, is exactly the data set of the history
/// <paramref name="ReplicationId"/> at <paramref name="Offset"/>. Whether that is to be believed is another question: the mark must be the last thing that
/// was recovered, and the file be the one that its writer left (<paramref name="Checksum"/>).
/// </summary>
/// <param name="ReplicationId">40 hexadecimal digits.</param>
/// <param name="Offset">Of the last byte of the stream whose effect is in front of the mark.</param>
/// <param name="Database">The database that the stream has selected, or -1 for none yet: data in the stream are preceded by a SELECT.</param>
/// <param name="IsReplica">Whether the writer followed a primary when it wrote the mark.</param>
/// <param name="StreamBytes">
/// So many bytes in front of the mark, annotations not counted but what they say was omitted, are the last ones of the stream up to
/// <paramref name="Offset"/>, all of them and nothing else.
/// </param>
/// <param name="Checksum">CRC-64 of all bytes of the file in front of these digits, the rest of the mark included.</param>
public readonly record struct AofMark(string ReplicationId, long Offset, int Database, bool IsReplica, long StreamBytes, ulong Checksum);
