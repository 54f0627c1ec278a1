using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Protocol.Requests;
using Redouble.Replication;

namespace Redouble.Engine.Execution;

/// <summary>The arguments of the command being executed: places in a block of input, of a transaction's queue, or of the primary's stream.</summary>
public readonly struct CommandArguments : ICommandArguments
{
    private readonly NativeBytes _request;
    private readonly ArgumentTable _table;
    private readonly int _start;

    /// <param name="request">The request's bytes.</param>
    /// <param name="table">Holds the places of the arguments, relative to the request's start.</param>
    /// <param name="start">The first argument's index in the table.</param>
    /// <param name="count">Arguments.</param>
    public CommandArguments(NativeBytes request, ArgumentTable table, int start, int count)
    {
        _request = request;
        _table = table;
        _start = start;
        Count = count;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The request's bytes, to be copied into the log when they are canonical.</summary>
    public ReadOnlySpan<byte> Request => _request.Span;

    /// <summary>Places of the arguments in <see cref="Request"/>.</summary>
    public ReadOnlySpan<ArgumentRange> Ranges => _table.Slice(_start, Count);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) ThrowIndex();
            var range = _table[_start + index];
            return _request.Slice(range.Offset, range.Length);
        }
    }

    /// <summary>Appends the arguments' places to another table, relative to the request's start as here.</summary>
    public void CopyRanges(ArgumentTable to)
    {
        for (var i = 0; i < Count; i++)
        {
            var range = _table[_start + i];
            to.Add(range.Offset, range.Length);
        }
    }

    /// <summary>The request as replication takes it.</summary>
    internal CommandFrame AsFrame() => new(Request, _table, _start, Count);

    internal NativeBytes NativeRequest => _request;

    internal void Split(out NativeBytes request, ref ArgumentTable table, out int start)
    {
        _request.CopyTo(out request);
        start = _start;
        if (!ReferenceEquals(table, _table)) table = _table;
    }

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index", "The command has fewer arguments; its arity should have said so.");
}
