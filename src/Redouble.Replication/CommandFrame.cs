using Redouble.Protocol.Requests;

namespace Redouble.Replication;

/// <summary>One command in a window of bytes: its frame and the places of its arguments in it. Dies with the window.</summary>
public readonly ref struct CommandFrame
{
    /// <param name="frame">The command's bytes.</param>
    /// <param name="table">Holds the places of its arguments in <paramref name="frame"/>.</param>
    /// <param name="start">The name's entry there.</param>
    /// <param name="count">Arguments with the name.</param>
    /// <param name="batchIndex">Place in its <see cref="CommandBatch"/>.</param>
    public CommandFrame(ReadOnlySpan<byte> frame, ArgumentTable table, int start, int count, int batchIndex = 0)
    {
        Bytes = frame;
        Table = table;
        TableStart = start;
        Count = count;
        BatchIndex = batchIndex;
    }

    /// <summary>The whole frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Holds the places of the arguments in <see cref="Bytes"/>, from <see cref="TableStart"/> on; the first is the command's name.</summary>
    public ArgumentTable Table { get; }

    /// <inheritdoc cref="Table"/>
    public int TableStart { get; }

    /// <summary>Place in its batch, by which what was prepared for it is found again.</summary>
    public int BatchIndex { get; }

    /// <summary>Arguments with the name.</summary>
    public int Count { get; }

    /// <summary>An argument's bytes.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var range = Table[TableStart + index];
            return Bytes.Slice(range.Offset, range.Length);
        }
    }
}

/// <summary>Commands of one window in order, found before the first of them is executed, so that their keys can be prefetched.</summary>
public readonly ref struct CommandBatch
{
    private readonly ReadOnlySpan<byte> _window;
    private readonly ReadOnlySpan<Place> _places;
    private readonly ArgumentTable _arguments;

    /// <summary>Where a command is.</summary>
    /// <param name="Start">First byte of the frame in the window.</param>
    /// <param name="Length">Its bytes.</param>
    /// <param name="ArgumentStart">Its first entry in the table.</param>
    /// <param name="ArgumentCount">Its entries; 0 for a blank line.</param>
    public readonly record struct Place(int Start, int Length, int ArgumentStart, int ArgumentCount);

    /// <param name="window">The bytes.</param>
    /// <param name="places">Where the commands are in them.</param>
    /// <param name="arguments">Places of their arguments, each relative to its command.</param>
    public CommandBatch(ReadOnlySpan<byte> window, ReadOnlySpan<Place> places, ArgumentTable arguments)
    {
        _window = window;
        _places = places;
        _arguments = arguments;
    }

    /// <summary>Commands in the batch; those with <see cref="CommandFrame.Count"/> 0 are blank lines.</summary>
    public int Count => _places.Length;

    /// <summary>A command of the batch.</summary>
    public CommandFrame this[int index]
    {
        get
        {
            var place = _places[index];
            return new CommandFrame(_window.Slice(place.Start, place.Length), _arguments, place.ArgumentStart, place.ArgumentCount, index);
        }
    }
}
