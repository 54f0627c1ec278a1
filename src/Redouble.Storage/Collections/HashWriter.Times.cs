using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <content>
/// Times of fields. Whatever changes one takes the hash out of the order of its database first, by the earliest time that it had, and puts it
/// back by the one that it has then, also where there was no memory for the change.
/// </content>
public ref partial struct HashWriter
{
    /// <summary>Latest unix time in milliseconds that a field may have: 46 bits.</summary>
    public const long ExpireAtMsMax = (1L << 46) - 1;

    /// <summary>A packed hash becomes one whose fields may expire.</summary>
    public void AllowTimes()
    {
        if (_record.IsCollection || _record.Encoding == ValueEncoding.ListpackEx) return;
        if (_record.Length > Limits.PackedBytesMax / 4)
        {
            Unpack(); // the triples of short pairs are some times as long
            return;
        }

        var size = TimedListpack.SizeWithTimes(_record.Value);
        var triples = _record.Keyspace.Scratch(size);
        TimedListpack.AddTimes(_record.Value, triples);
        _record.SetPacked(triples, ValueEncoding.ListpackEx);
    }

    /// <summary>Gives a field that is there a time, after <see cref="AllowTimes"/>.</summary>
    /// <param name="field">The field; must not be a span over storage.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, above 0; -1 takes the field's time away.</param>
    public void SetTime(scoped ReadOnlySpan<byte> field, long expireAtMs)
    {
        _record.BeginFieldTimes();
        try
        {
            if (_record.IsCollection) new ElementTable(_record.Keyspace, _record.OpenCollection()).SetTime(field, expireAtMs);
            else SetPackedTime(TimedListpack.Find(_record.Value, field), expireAtMs);
        }
        finally
        {
            _record.EndFieldTimes();
        }
    }

    /// <summary>What there is of a field, as <see cref="HashReader.Find"/> has it, without the value.</summary>
    public readonly FieldState Find(scoped ReadOnlySpan<byte> field, out long expireAtMs) => Read().Find(field, out _, out expireAtMs);

    /// <summary>Removes the field that has expired longest ago, whatever the policy; false when none has.</summary>
    /// <param name="field">Its name; valid until the next call of this kind.</param>
    public bool RemoveExpired(out ReadOnlySpan<byte> field)
    {
        field = default;
        if (!_record.HasFieldTimes) return false;
        var keyspace = _record.Keyspace;
        if (_record.IsCollection)
        {
            var times = _record.Collection.Times(keyspace.Home);
            if (times.EarliestMs >= keyspace.NowMs) return false;
            field = Copied(new PackedValue(times.First.Key));
        }
        else
        {
            if (TimedListpack.EarliestOf(_record.Value) >= keyspace.NowMs) return false;
            field = Copied(Listpack.Get(_record.Value, Listpack.First(_record.Value)));
        }

        return Remove(field);
    }

    private readonly ReadOnlySpan<byte> Copied(PackedValue name)
    {
        var copy = _record.Keyspace.Scratch(Math.Max(name.Length, Core.Text.Integers.MaxLength));
        var text = name.Text(copy);
        if (!name.IsInteger) text.CopyTo(copy);
        return copy[..text.Length];
    }

    // Takes the triple out and puts it in where its new time belongs, once there is room for both.
    private void SetPackedTime(int at, long expireAtMs)
    {
        var packed = _record.Value;
        if (TimedListpack.ExpireAtMs(packed, at) == expireAtMs) return;
        var timeAt = TimedListpack.TimeAt(packed, at);
        var fieldAndValue = packed[at..timeAt];
        var kept = _record.Keyspace.Scratch(fieldAndValue.Length);
        fieldAndValue.CopyTo(kept);
        var size = packed.Length;
        var total = Listpack.ReplaceSize(packed, timeAt, Math.Max(0, expireAtMs));
        var room = _record.Resize(Math.Max(size, total), mayGrowMore: true);
        Listpack.Delete(room, at, TimedListpack.EntriesPerField);
        TimedListpack.Insert(room, TimedListpack.PlaceOf(room, expireAtMs), kept, expireAtMs);
        if (total < size) _record.Resize(total);
    }
}
