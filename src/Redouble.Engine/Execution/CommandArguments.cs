using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Execution;

/// <summary>The arguments of the command being executed: places in a block of input, of a transaction's queue, or of the primary's stream.</summary>
public readonly struct CommandArguments : ICommandArguments
{
    private readonly Block _block;
    private readonly int _base;
    private readonly ArgumentTable _table;
    private readonly int _start;

    /// <param name="block">Holds the request.</param>
    /// <param name="requestStart">Where in the block's data the request starts.</param>
    /// <param name="requestLength">Its bytes.</param>
    /// <param name="table">Holds the places of the arguments, relative to the request's start.</param>
    /// <param name="start">The first argument's index in the table.</param>
    /// <param name="count">Arguments.</param>
    public CommandArguments(Block block, int requestStart, int requestLength, ArgumentTable table, int start, int count)
    {
        _block = block;
        _base = requestStart;
        RequestLength = requestLength;
        _table = table;
        _start = start;
        Count = count;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Bytes of the whole request as it was received.</summary>
    public int RequestLength { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) ThrowIndex();
            var range = _table[_start + index];
            return _block.Data.Slice(_base + range.Offset, range.Length);
        }
    }

    /// <summary>The request's bytes, to be copied into the log when they are canonical.</summary>
    public ReadOnlySpan<byte> Request => _block.Data.Slice(_base, RequestLength);

    /// <summary>Appends the arguments' places to another table, relative to the request's start as here.</summary>
    public void CopyRanges(ArgumentTable to)
    {
        for (var i = 0; i < Count; i++)
        {
            var range = _table[_start + i];
            to.Add(range.Offset, range.Length);
        }
    }

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index", "The command has fewer arguments; its arity should have said so.");
}
