using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Transactions;

/// <summary>The commands queued between MULTI and EXEC, in native blocks of their own.</summary>
public sealed class CommandQueue(BlockPool blocks)
{
    // What may refuse EXEC because of what it holds.
    private const CommandFlags Decisive = CommandFlags.Write | CommandFlags.MayReplicate | CommandFlags.DenyOom | CommandFlags.ReadOnly
        | CommandFlags.NotStale | CommandFlags.NotLoading;

    private readonly List<(CommandInfo Info, Block Block, int Start, int Length, int ArgumentStart, int ArgumentCount, bool Canonical)> _commands = [];
    private readonly List<Block> _blocks = [];
    private readonly ArgumentTable _arguments = new(16);

    /// <summary>Commands queued.</summary>
    public int Count => _commands.Count;

    /// <summary>The flags of all queued commands together that may refuse EXEC.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>Bytes of native memory held.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Copies a command into the queue.</summary>
    public void Add(CommandInfo info, in CommandArguments arguments, bool canonical)
    {
        var request = arguments.Request;
        var block = _blocks.Count > 0 ? _blocks[^1] : Block.None;
        if (block.IsNone || block.Capacity - block.Length < request.Length)
        {
            block = blocks.Rent(request.Length);
            _blocks.Add(block);
            MemoryBytes += block.Capacity + Block.HeaderSize;
        }

        var start = block.Length;
        request.CopyTo(block.Free);
        block.Length += request.Length;
        var first = _arguments.Count;
        arguments.CopyRanges(_arguments);
        _commands.Add((info, block, start, request.Length, first, arguments.Count, canonical));
        Flags |= info.Flags & Decisive;
    }

    /// <summary>A queued command.</summary>
    public CommandInfo this[int index] => _commands[index].Info;

    /// <summary>Arguments of a queued command.</summary>
    public CommandArguments Arguments(int index, out bool canonical)
    {
        var (_, block, start, length, argumentStart, argumentCount, isCanonical) = _commands[index];
        canonical = isCanonical;
        return new CommandArguments(NativeBytes.Of(block, start, length), _arguments, argumentStart, argumentCount);
    }

    /// <summary>Empties the queue and returns its memory.</summary>
    public void Clear()
    {
        foreach (var block in _blocks) blocks.Release(block);
        _blocks.Clear();
        _commands.Clear();
        _arguments.Clear();
        Flags = CommandFlags.None;
        MemoryBytes = 0;
    }
}
