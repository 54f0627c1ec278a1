using System.Runtime.InteropServices;
using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Replication;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Transactions;

/// <summary>
/// The commands queued between MULTI and EXEC, one after the other in native blocks of their own: their number is the client's to choose, so nothing of them
/// is in the collected heap but a reference per block.
/// <code>
/// block | head: command, arguments, length, canonical | range of each argument | the request's bytes | head … | free |
/// </code>
/// </summary>
public sealed class CommandQueue(BlockPool blocks)
{
    // What may refuse EXEC because of what it holds.
    private const CommandFlags Decisive = CommandFlags.Write | CommandFlags.MayReplicate | CommandFlags.DenyOom | CommandFlags.ReadOnly
        | CommandFlags.NotStale | CommandFlags.NotLoading | CommandFlags.NoAsyncLoading;

    private const int BlocksRetained = 64;
    private const int BytesMax = int.MaxValue - (2 * Block.HeaderSize); // a block's size is an int

    private static readonly int HeadBytes = Marshal.SizeOf<Head>();
    private static readonly int RangeBytes = Marshal.SizeOf<ArgumentRange>();

    private readonly List<Block> _blocks = [];
    private readonly ArgumentTable _arguments = new(16); // of the command that was taken last

    /// <summary>Commands queued.</summary>
    public int Count { get; private set; }

    /// <summary>The flags of all queued commands together that may refuse EXEC.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>Whether one of them is REPLICAOF NO ONE.</summary>
    public bool Promotes { get; private set; }

    /// <summary>Whether one of them is REPLICAOF, whatever it says.</summary>
    public bool ChangesRole { get; private set; }

    /// <summary>Bytes of native memory held.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Copies a command into the queue.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for a command of that length. Nothing has changed.</exception>
    public void Add(CommandInfo info, in CommandArguments arguments, bool canonical)
    {
        var request = arguments.Request;
        var ranges = MemoryMarshal.AsBytes(arguments.Ranges);
        var size = HeadBytes + (long)ranges.Length + request.Length;
        if (size > BytesMax) throw new InsufficientMemoryException();
        var block = _blocks.Count > 0 ? _blocks[^1] : Block.None;
        if (block.IsNone || block.Free.Length < size) block = AddBlock((int)size);
        var head = new Head(info.Id, arguments.Count, request.Length, canonical ? 1 : 0);
        Append(block, MemoryMarshal.AsBytes(new ReadOnlySpan<Head>(ref head)));
        Append(block, ranges);
        Append(block, request);
        Count++;
        Flags |= info.Flags & Decisive;
        Promotes |= Promotions.IsPromotion(info, arguments);
        ChangesRole |= Promotions.IsRoleChange(info, arguments);
    }

    /// <summary>The first command, or the one behind the <paramref name="place"/> of another, which is then its own; false when there is none.</summary>
    /// <param name="place">Where to look; the default is the beginning.</param>
    /// <param name="command">The command; its arguments are valid until the next one is taken.</param>
    public bool TryTake(ref QueuePlace place, out QueuedCommand command)
    {
        command = default;
        while (place.Block < _blocks.Count && place.Offset == _blocks[place.Block].Length) place = new QueuePlace(place.Block + 1, 0);
        if (place.Block == _blocks.Count) return false;
        var block = _blocks[place.Block];
        var head = MemoryMarshal.Read<Head>(block.Written[place.Offset..]);
        var ranges = block.Written.Slice(place.Offset + HeadBytes, head.Arguments * RangeBytes);
        _arguments.Clear();
        for (var i = 0; i < head.Arguments; i++)
        {
            var range = MemoryMarshal.Read<ArgumentRange>(ranges[(i * RangeBytes)..]);
            _arguments.Add(range.Offset, range.Length);
        }

        var start = place.Offset + HeadBytes + ranges.Length;
        place = place with { Offset = start + head.Length };
        var request = NativeBytes.Of(block, start, head.Length);
        command = new QueuedCommand(CommandTable.Infos[head.Command], new CommandArguments(request, _arguments, 0, head.Arguments), head.Canonical != 0);
        return true;
    }

    /// <summary>Empties the queue and returns its memory.</summary>
    public void Clear()
    {
        foreach (var block in _blocks) blocks.Release(block);
        _blocks.Clear();
        if (_blocks.Capacity > BlocksRetained) _blocks.Capacity = 0;
        _arguments.Clear();
        Count = 0;
        Flags = CommandFlags.None;
        Promotes = ChangesRole = false;
        MemoryBytes = 0;
    }

    private static void Append(Block block, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(block.Free);
        block.Resize(block.Length + bytes.Length);
    }

    private Block AddBlock(int size)
    {
        var lent = blocks.LentBytes;
        var block = blocks.Rent(size);
        _blocks.Add(block);
        MemoryBytes += blocks.LentBytes - lent;
        return block;
    }

    private readonly record struct Head(int Command, int Arguments, int Length, int Canonical);
}

/// <summary>Where in a queue the next command is.</summary>
/// <param name="Block">Number of the block.</param>
/// <param name="Offset">In its data.</param>
public readonly record struct QueuePlace(int Block, int Offset);

/// <summary>A queued command.</summary>
/// <param name="Info">Which.</param>
/// <param name="Arguments">Its arguments, name first.</param>
/// <param name="IsCanonical">Whether it was spelled as the replication stream spells it.</param>
public readonly record struct QueuedCommand(CommandInfo Info, CommandArguments Arguments, bool IsCanonical);
