namespace Redouble.Engine.Commands.Table;

/// <summary>
/// Declares a command that only holds subcommands (CONFIG, CLIENT, …), on the class that has them. Its arity is -2, it has no flags, and called alone it is
/// an arity error.
/// A container that does something by itself (COMMAND) is an ordinary <see cref="CommandAttribute"/> instead.
/// </summary>
/// <param name="name">Lower case.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class CommandContainerAttribute(string name) : Attribute
{
    /// <summary>Name as clients send it, in lower case.</summary>
    public string Name { get; } = name;

    /// <summary>Flags of the container itself; almost always none.</summary>
    public CommandFlags Flags { get; set; }

    /// <summary>Categories of the container itself; almost always none.</summary>
    public AclCategory Acl { get; set; }

    /// <summary>Documentation group.</summary>
    public CommandGroup Group { get; set; }

    /// <summary>First Redis version that had it.</summary>
    public string Since { get; set; } = "";

    /// <summary>One short sentence.</summary>
    public string Summary { get; set; } = "";

    /// <summary>Time complexity; Redis gives none for most containers.</summary>
    public string? Complexity { get; set; }
}
