using System.Buffers.Binary;
using Redouble.Storage.Collections;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The digest of what a stream has beside its entries, from the parts of a <see cref="StreamTail"/>:
/// <code>
///   state        last id, greatest deleted id, entries added          (length and first id follow from the entries)
///   group        name, last id, and the sum over the ids of its pending entries
///   consumer     name, and the sum of the ids that are pending for it
/// </code>
/// Groups and consumers count in any order. Left out is what Redis does not replicate: when a consumer was seen, consumers that nothing is pending for, how
/// many entries a group has read, and when and how often an entry was delivered, as a consumer that reads again what it has pending changes that.
/// </summary>
internal sealed class StreamTailDigest
{
    private enum Step
    {
        State,
        GroupName,
        GroupNumbers,
        Pending,
        Consumers,
        ConsumerName,
        ConsumerNumbers,
        Own,
    }

    private const int StateNumbers = 9;
    private const int GroupNumbers = 4;

    private readonly ulong[] _numbers = new ulong[StateNumbers];
    private int _count; // of numbers read in this step
    private Step _step;
    private ulong _state;
    private ulong _groups;
    private ulong _group;
    private ulong _entries; // sum over a group's pending entries
    private ulong _pending; // entries to come
    private ulong _consumers; // to come
    private ulong _owners; // sum over consumers
    private ulong _consumer;
    private ulong _ids; // sum over a consumer's entries

    /// <summary>Forgets the stream before.</summary>
    public void Begin()
    {
        _step = Step.State;
        _count = 0;
        _state = _groups = 0;
    }

    /// <summary>Some whole parts, in their order.</summary>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        while (StreamTail.TryRead(ref chunk, out var part, out var bytes)) Add(part, bytes);
    }

    /// <summary>The digest.</summary>
    public ulong End() => DigestMix.Join(_state, _groups);

    private void Add(StreamTailPart part, ReadOnlySpan<byte> bytes)
    {
        switch (_step)
        {
            case Step.State:
                if (!Collect(bytes, StateNumbers)) break;
                var n = _numbers; // length, last id, first id, greatest deleted id, entries added, groups
                _state = DigestMix.Join(DigestMix.Join(n[1], n[2]), DigestMix.Join(DigestMix.Join(n[5], n[6]), n[7]));
                _step = Step.GroupName;
                break;
            case Step.GroupName:
                _group = DigestMix.Of(bytes);
                _entries = _owners = 0;
                _step = Step.GroupNumbers;
                break;
            case Step.GroupNumbers:
                if (!Collect(bytes, GroupNumbers)) break;
                _group = DigestMix.Join(_group, DigestMix.Join(_numbers[0], _numbers[1]));
                _pending = _numbers[3];
                _step = _pending > 0 ? Step.Pending : Step.Consumers;
                break;
            case Step.Pending:
                AddPending(part, bytes);
                break;
            case Step.Consumers:
                _consumers = Number(bytes);
                _step = Step.ConsumerName;
                if (_consumers == 0) EndGroup();
                break;
            case Step.ConsumerName:
                _consumer = DigestMix.Of(bytes);
                _ids = 0;
                _step = Step.ConsumerNumbers;
                break;
            case Step.ConsumerNumbers:
                if (part == StreamTailPart.Time) break;
                _pending = Number(bytes);
                _step = Step.Own;
                if (_pending == 0) EndConsumer(isIdle: true);
                break;
            default:
                _ids += DigestMix.Of(bytes);
                if (--_pending == 0) EndConsumer(isIdle: false);
                break;
        }
    }

    private void AddPending(StreamTailPart part, ReadOnlySpan<byte> bytes)
    {
        if (part == StreamTailPart.Id) _entries += DigestMix.Of(bytes);
        if (part == StreamTailPart.Number && --_pending == 0) _step = Step.Consumers; // its last part
    }

    private void EndConsumer(bool isIdle)
    {
        if (!isIdle) _owners += DigestMix.Join(_consumer, _ids);
        _step = Step.ConsumerName;
        if (--_consumers == 0) EndGroup();
    }

    private void EndGroup()
    {
        _groups += DigestMix.Join(_group, DigestMix.Join(_entries, _owners));
        _step = Step.GroupName;
    }

    // Whether that was the last of so many.
    private bool Collect(ReadOnlySpan<byte> bytes, int count)
    {
        _numbers[_count++] = Number(bytes);
        if (_count < count) return false;
        _count = 0;
        return true;
    }

    private static ulong Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
