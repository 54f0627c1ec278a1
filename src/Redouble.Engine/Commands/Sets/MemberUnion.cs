using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Sets;

/// <summary>
/// The members of many small collections together, so that each member of a large one is looked up once and not in all of them: Redis' second way to a
/// difference.
/// </summary>
internal sealed class MemberUnion
{
    private const long MembersMax = 1 << 18; // they are in the collected heap, for the time of a command
    private const long BytesMax = 8 << 20;   // the same

    private readonly HashSet<byte[]> _members;

    private MemberUnion(Keyspace keyspace) => _members = new HashSet<byte[]>(new NameComparer(keyspace));

    /// <summary>Makes it where that saves half of the look-ups, or more, and does not take much memory; else null.</summary>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="count">Members of the large one.</param>
    /// <param name="collections">The small ones; none is missing.</param>
    /// <param name="total">Members of all those.</param>
    public static MemberUnion? TryMake(Keyspace keyspace, long count, ReadOnlySpan<RecordHandle> collections, long total)
    {
        if (total > MembersMax || total + count > count * collections.Length / 2) return null;
        var union = new MemberUnion(keyspace);
        var members = union._members.GetAlternateLookup<ReadOnlySpan<byte>>();
        long bytes = 0;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        foreach (var collection in collections)
        {
            using var elements = new ElementCursor(keyspace, collection.Read(keyspace));
            while (elements.MoveNext())
            {
                var member = elements.Name.Text(digits);
                if (bytes + member.Length > BytesMax) return null;
                if (members.Add(member)) bytes += member.Length;
            }
        }

        return union;
    }

    /// <summary>Whether one of them has the member.</summary>
    public bool Contains(ReadOnlySpan<byte> member) => _members.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(member);
}
