namespace Redouble.Engine.Blocking;

/// <summary>A place of a waiting session in a list.</summary>
internal sealed class Waiter(WaiterList list, BlockedState state, long number)
{
    /// <summary>The list.</summary>
    public WaiterList List { get; } = list;

    /// <summary>Who waits.</summary>
    public BlockedState State { get; } = state;

    /// <summary>Grows along each list.</summary>
    public long Number { get; } = number;

    /// <summary>The one behind it.</summary>
    public Waiter? Next { get; set; }

    /// <summary>The one before it.</summary>
    public Waiter? Previous { get; set; }

    /// <summary>Whether it has been taken out.</summary>
    public bool IsOut { get; set; }
}

/// <summary>Sessions that wait for the same, in the order of their arrival; one is taken out at no cost.</summary>
internal class WaiterList
{
    /// <summary>Who came first.</summary>
    public Waiter? First { get; private set; }

    /// <summary>Who came last.</summary>
    public Waiter? Last { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Puts somebody at the end.</summary>
    /// <param name="state">Who.</param>
    /// <param name="number">Larger than any before.</param>
    public void Add(BlockedState state, long number)
    {
        var waiter = new Waiter(this, state, number) { Previous = Last };
        if (Last == null) First = waiter;
        else Last.Next = waiter;
        Last = waiter;
        Count++;
        state.Waiters.Add(waiter);
    }

    /// <summary>Takes somebody out.</summary>
    public void Remove(Waiter waiter)
    {
        if (waiter.Previous == null) First = waiter.Next;
        else waiter.Previous.Next = waiter.Next;
        if (waiter.Next == null) Last = waiter.Previous;
        else waiter.Next.Previous = waiter.Previous;
        waiter.IsOut = true;
        Count--;
    }

    /// <summary>The one to look at behind <paramref name="waiter"/>, which <paramref name="next"/> followed, whoever has left since.</summary>
    public Waiter? Following(Waiter waiter, Waiter? next) => next is { IsOut: true } ? Search(waiter.Number) : next;

    private Waiter? Search(long behind)
    {
        var at = First;
        while (at != null && at.Number <= behind) at = at.Next;
        return at;
    }
}
