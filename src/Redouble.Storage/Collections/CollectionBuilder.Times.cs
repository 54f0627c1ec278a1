using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <content>Hashes with fields that expire.</content>
public sealed partial class CollectionBuilder
{
    private void AllowTimes()
    {
        var untimed = Packed.ToArray();
        EnsureRoom(TimedListpack.SizeWithTimes(untimed));
        TimedListpack.AddTimes(untimed, _packed);
        _entries = _entries / 2 * TimedListpack.EntriesPerField;
        _form = PackedForm.TimedListpack;
    }

    private void AppendTimed(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs)
    {
        var time = Math.Max(0, expireAtMs);
        EnsureRoom(Listpack.Size(_packed) + Listpack.EncodedSize(field) + Listpack.EncodedSize(value) + Listpack.EncodedSize(time));
        var at = TimedListpack.PlaceOf(_packed, expireAtMs);
        Listpack.Insert(_packed, at, time);
        Listpack.Insert(_packed, at, value);
        Listpack.Insert(_packed, at, field);
        _entries += TimedListpack.EntriesPerField;
    }
}
