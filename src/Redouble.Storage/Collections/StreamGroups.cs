using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>The groups of one stream, in the order of their names.</summary>
internal sealed class StreamGroups(NativeHeap heap)
{
    private readonly List<StreamGroup> _groups = [];

    public IReadOnlyList<StreamGroup> All => _groups;

    /// <summary>The group of a name, or null.</summary>
    public StreamGroup? Find(ReadOnlySpan<byte> name)
    {
        var index = NameOrder.Search(_groups, name);
        return index < 0 ? null : _groups[index];
    }

    /// <summary>Adds a group; null when there is one of the name.</summary>
    public StreamGroup? Add(ReadOnlySpan<byte> name)
    {
        var index = NameOrder.Search(_groups, name);
        if (index >= 0) return null;
        var group = new StreamGroup(name.ToArray(), heap);
        _groups.Insert(~index, group);
        return group;
    }

    /// <summary>Takes a group out, which is then to be discarded (<see cref="CollectionStore"/>).</summary>
    public void Remove(StreamGroup group) => _groups.RemoveAt(NameOrder.Search(_groups, group.Name));

    public StreamGroups Copy()
    {
        var copy = new StreamGroups(heap);
        foreach (var group in _groups) copy._groups.Add(group.Copy());
        return copy;
    }

    /// <summary>Frees groups that are not used any more, in slices.</summary>
    public bool FreeSlice(ref int budget)
    {
        while (_groups.Count > 0)
        {
            if (!_groups[^1].FreeSlice(ref budget)) return false;
            _groups.RemoveAt(_groups.Count - 1);
            budget--;
            if (budget <= 0) return _groups.Count == 0;
        }

        return true;
    }
}

/// <summary>
/// The groups of all streams of a heap: a native root cannot refer to a managed object, so it has a number. Streams without groups take no place here.
/// </summary>
internal sealed class StreamGroupTable
{
    private readonly List<StreamGroups?> _slots = [null];
    private readonly Stack<int> _free = new();

    /// <summary>What a number stands for; null for 0.</summary>
    public StreamGroups? this[int number] => _slots[number];

    public int Add(StreamGroups groups)
    {
        if (!_free.TryPop(out var number))
        {
            number = _slots.Count;
            _slots.Add(null);
        }

        _slots[number] = groups;
        return number;
    }

    public void Free(int number)
    {
        _slots[number] = null;
        _free.Push(number);
    }
}
