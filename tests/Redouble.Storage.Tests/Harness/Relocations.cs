using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Harness;

/// <summary>
/// Rounds of defragmentation in the midst of a program: every slab with room is taken out of use, and a walk moves what it meets, with other steps of the
/// program in between. With numbers of its own, so that a program does the same with and without.
/// </summary>
internal sealed class Relocations(NativeHeap heap, KeyspaceOfNode keyspace, int seed)
{
    private readonly Random _random = new(seed);
    private Relocation? _walk;

    /// <summary>Objects moved.</summary>
    public long Moved { get; private set; }

    /// <summary>Begins a round at times, or goes on with it, or ends it before it is through.</summary>
    public void Next()
    {
        if (_walk == null)
        {
            if (_random.Next(60) != 0) return;
            for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++)
            {
                if (_random.Next(2) == 0) heap.EvacuateAll(sizeClass);
            }

            while (heap.PlanEvacuation(1 + _random.Next(9)))
            {
            }

            _walk = new Relocation(keyspace, partsAtOnceMax: _random.Next(2) * 20);
            return;
        }

        if (_random.Next(4) != 0) return;
        if (_walk.Step(1 + _random.Next(60)) && _random.Next(100) != 0) return;
        Moved += _walk.Moved;
        _walk = null;
        while (heap.EndEvacuation(1 + _random.Next(9)))
        {
        }

        Assert.Equal(0, heap.EvacuatedSlabs);
    }

    /// <summary>Everything at once; returns how many objects were moved.</summary>
    public static long All(NativeHeap heap, KeyspaceOfNode keyspace, bool evacuateAll = false)
    {
        for (var sizeClass = 0; evacuateAll && sizeClass < NativeHeap.ClassCount; sizeClass++) heap.EvacuateAll(sizeClass);
        heap.PlanEvacuation(int.MaxValue);

        var walk = new Relocation(keyspace, partsAtOnceMax: 1000);
        while (walk.Step(100))
        {
        }

        heap.EndEvacuation(int.MaxValue);
        return walk.Moved;
    }
}
