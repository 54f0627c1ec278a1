namespace Redouble.Engine.Commands.Table;

/// <summary>The arguments of one command, the name (of the container, for a subcommand) being number 0. Implemented by structs, so that access is
/// inlined.</summary>
public interface ICommandArguments
{
    /// <summary>Number of arguments, the name included.</summary>
    int Count { get; }

    /// <summary>Bytes of the argument at <paramref name="index"/>.</summary>
    ReadOnlySpan<byte> this[int index] { get; }
}
