namespace Redouble.Core.Memory;

/// <content>
/// Getting rid of holes. Deletions leave slabs behind that are half empty, which only objects of their own size can fill again:
/// <code>
/// slabs of a class, by objects in use    | ▓░░░ | ▓░░░ | ▓▓░░ | ▓▓▓░ | ▓▓▓░ |
///                                          evacuated ────►  room for their objects
/// </code>
/// The emptiest slabs are taken out of use, as many as have their objects fit into the holes of the others; nothing is allocated there any more. Whoever
/// owns objects in them (<see cref="IsEvacuated"/>) moves them: allocates, copies, frees. With its last object a slab is free, and its chunk serves
/// any size. So each object is moved at most once in a round, and no more than have to.
/// </content>
public sealed unsafe partial class NativeHeap
{
    private const int Unlisted = 0;
    private const int WithRoom = 1;
    private const int Evacuated = 2;

    /// <summary>Slabs of one class that are looked at in a round: 1 ms, where each header is a cache miss. The rest is for the next round.</summary>
    private const int LookedAtMax = 8192;

    private const int SlabCapacityMax = ChunkSize;

    private Slab* _evacuated;

    /// <summary>Slabs taken out of use that still have objects.</summary>
    public int EvacuatedSlabs { get; private set; }

    /// <summary>Number of size classes: a round of evacuation is planned one by one.</summary>
    public static int ClassCount => SizeClasses.Count;

    /// <summary>Whether the object should be moved: allocated anew, copied, and freed.</summary>
    public static bool IsEvacuated(byte* pointer) => !IsLarge(pointer) && SlabOf(pointer)->Listed == Evacuated;

    /// <summary>Takes the emptiest slabs of a size class out of use. Returns how many.</summary>
    public int PlanEvacuation(int sizeClass)
    {
        var first = _withRoom[sizeClass];
        if (first == null || first->Next == null) return 0;
        var capacity = first->Capacity;
        var slabsWith = new int[capacity + 1];
        long room = 0;
        var looked = 0;
        for (var slab = first; slab != null && looked < LookedAtMax; slab = slab->Next, looked++)
        {
            slabsWith[slab->Live]++;
            room += capacity - slab->Live;
        }

        // Slabs with at most `fullest` objects go, and so many of those with one more as there is room for.
        var fullest = 0;
        long moved = 0;
        for (; fullest < capacity; fullest++)
        {
            var objects = moved + ((long)slabsWith[fullest] * fullest);
            var roomAfter = room - ((long)slabsWith[fullest] * (capacity - fullest));
            if (objects > roomAfter) break;
            (moved, room) = (objects, roomAfter);
        }

        var further = 0;
        while (further < slabsWith[fullest] && moved + fullest <= room - (capacity - fullest))
        {
            moved += fullest;
            room -= capacity - fullest;
            further++;
        }

        return Evacuate(first, looked, fullest, further);
    }

    /// <summary>Takes the slabs that have not become empty into use again.</summary>
    public void EndEvacuation()
    {
        while (_evacuated != null)
        {
            var slab = _evacuated;
            Unlist(slab);
            if (slab->Live < slab->Capacity) List(slab);
        }

        EvacuatedSlabs = 0;
    }

    /// <summary>Takes all slabs of the class that have room out of use: what tests move everything with.</summary>
    public int EvacuateAll(int sizeClass) => Evacuate(_withRoom[sizeClass], int.MaxValue, SlabCapacityMax, 0);

    private int Evacuate(Slab* slab, int slabs, int fullest, int further)
    {
        var evacuated = 0;
        for (; slab != null && slabs > 0; slabs--)
        {
            var next = slab->Next;
            var goes = slab->Live < fullest || (slab->Live == fullest && further-- > 0);
            if (goes && slab->Live == 0)
            {
                ReturnSlab(slab);
            }
            else if (goes)
            {
                Unlist(slab);
                Link(slab, ref _evacuated);
                slab->Listed = Evacuated;
                EvacuatedSlabs++;
                evacuated++;
            }

            slab = next;
        }

        return evacuated;
    }
}
