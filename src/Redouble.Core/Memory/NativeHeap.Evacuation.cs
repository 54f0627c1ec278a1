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
/// <code>
/// PlanEvacuation, again and again    class by class: count its slabs by objects in use ─► choose ─► take the chosen out of use
/// EndEvacuation, again and again     what is left is taken into use again; the next plan begins anew
/// </code>
/// Both take a few slabs at a time: each header is a cache miss, and the 7,000 slabs of a million records were 2.3 ms in one go. The heap is used in
/// between, so a plan goes by what a slab was when it was looked at.
/// </content>
public sealed unsafe partial class NativeHeap
{
    private const int Unlisted = 0;
    private const int WithRoom = 1;
    private const int Evacuated = 2;

    private Slab* _evacuated;
    private int _planClass; // classes below it are planned
    private PlanStep _planStep;
    private Slab* _planAt;  // the next slab of the list to be looked at: Unlist keeps it in the list
    private int[]? _slabsWith; // the class's slabs by objects in use
    private long _planRoom;
    private int _fullest;   // slabs with fewer objects go,
    private int _further;   // and so many of those with as many,
    private int _leftToTake; // but no more than this

    private enum PlanStep
    {
        Begin,
        Count,
        Take,
    }

    /// <summary>Slabs taken out of use that still have objects.</summary>
    public int EvacuatedSlabs { get; private set; }

    /// <summary>Number of size classes.</summary>
    public static int ClassCount => SizeClasses.Count;

    /// <summary>Whether the object should be moved: allocated anew, copied, and freed.</summary>
    public static bool IsEvacuated(byte* pointer) => !IsLarge(pointer) && SlabOf(pointer)->Listed == Evacuated;

    /// <summary>Goes on taking the emptiest slabs of all classes out of use, and looks at about so many for it; false when nothing is left to be planned.</summary>
    public bool PlanEvacuation(int slabsMax)
    {
        while (slabsMax > 0)
        {
            if (_planClass == ClassCount) return false;
            slabsMax -= _planStep switch
            {
                PlanStep.Begin => BeginClass(),
                PlanStep.Count => CountSlabs(slabsMax),
                _ => TakeSlabs(slabsMax),
            };
        }

        return true;
    }

    /// <summary>Takes slabs that have not become empty into use again, at most so many, and ends the plan; false when no more are left.</summary>
    public bool EndEvacuation(int slabsMax)
    {
        _planClass = 0;
        _planStep = PlanStep.Begin;
        _planAt = null;
        for (; _evacuated != null && slabsMax > 0; slabsMax--)
        {
            var slab = _evacuated;
            Unlist(slab);
            EvacuatedSlabs--;
            if (slab->Live < slab->Capacity) List(slab);
        }

        return _evacuated != null;
    }

    /// <summary>Takes all slabs of the class that have room out of use: what tests move everything with.</summary>
    public void EvacuateAll(int sizeClass)
    {
        while (_withRoom[sizeClass] != null) Evacuate(_withRoom[sizeClass]);
    }

    private int BeginClass()
    {
        var first = _withRoom[_planClass];
        if (first == null || first->Next == null)
        {
            _planClass++;
            return 1;
        }

        _slabsWith ??= new int[(ChunkSize / SizeClasses.SizeOf(0)) + 1];
        Array.Clear(_slabsWith, 0, first->Capacity + 1);
        _planStep = PlanStep.Count;
        _planAt = first;
        _planRoom = 0;
        return 1;
    }

    private int CountSlabs(int slabsMax)
    {
        var looked = 0;
        for (; _planAt != null && looked < slabsMax; _planAt = _planAt->Next, looked++)
        {
            _slabsWith![_planAt->Live]++;
            _planRoom += _planAt->Capacity - _planAt->Live;
        }

        if (_planAt != null) return looked;
        _leftToTake = Choose(SizeClasses.SizeOf(_planClass));
        _planStep = PlanStep.Take;
        _planAt = _withRoom[_planClass];
        return looked + 1;
    }

    // Slabs with fewer than `_fullest` objects go, and so many of those with as many as there is room for. Returns how many that is.
    private int Choose(int objectSize)
    {
        var capacity = (ChunkSize - SlabHeaderSize) / objectSize;
        var chosen = 0;
        long moved = 0;
        for (_fullest = 0; _fullest < capacity; _fullest++)
        {
            var slabs = _slabsWith![_fullest];
            var objects = moved + ((long)slabs * _fullest);
            var roomAfter = _planRoom - ((long)slabs * (capacity - _fullest));
            if (objects > roomAfter) break;
            (moved, _planRoom) = (objects, roomAfter);
            chosen += slabs;
        }

        _further = 0;
        while (_further < _slabsWith![_fullest] && moved + _fullest <= _planRoom - (capacity - _fullest))
        {
            moved += _fullest;
            _planRoom -= capacity - _fullest;
            _further++;
        }

        return chosen + _further;
    }

    private int TakeSlabs(int slabsMax)
    {
        var looked = 0;
        while (_planAt != null && _leftToTake > 0 && looked++ < slabsMax)
        {
            var slab = _planAt;
            _planAt = slab->Next;
            if (slab->Live > _fullest || (slab->Live == _fullest && _further-- <= 0)) continue;
            _leftToTake--;
            Evacuate(slab);
        }

        if (_planAt != null && _leftToTake > 0) return looked;
        _planClass++;
        _planStep = PlanStep.Begin;
        _planAt = null;
        return looked + 1;
    }

    private void Evacuate(Slab* slab)
    {
        if (slab->Live == 0)
        {
            ReturnSlab(slab);
            return;
        }

        Unlist(slab);
        Link(slab, ref _evacuated);
        slab->Listed = Evacuated;
        EvacuatedSlabs++;
    }
}
