using System.Text;

namespace Redouble.Engine.Commands.Table;

/// <summary>Everything the server needs to know about a command before it runs it. One immutable object per command, made by the generated table.</summary>
public sealed class CommandInfo
{
    private readonly byte[] _fullNameUtf8;

    /// <summary>Called by the generated table only; the arguments are what the generator worked out.</summary>
    public CommandInfo(int id, string fullName, int arity, CommandFlags flags, AclCategory acl, CommandGroup group, KeyRange range, KeySpec[] keySpecs)
    {
        Id = id;
        FullName = fullName;
        Name = fullName[(fullName.IndexOf('|', StringComparison.Ordinal) + 1)..];
        _fullNameUtf8 = Encoding.ASCII.GetBytes(fullName);
        Arity = arity;
        MinArguments = Math.Abs(arity);
        MaxArguments = arity < 0 ? int.MaxValue : arity;
        Flags = flags;
        Acl = acl;
        Group = group;
        Range = range;
        KeySpecs = keySpecs;
        foreach (var spec in keySpecs) HasVariableKeyFlags |= (spec.Flags & KeySpecFlags.VariableFlags) != KeySpecFlags.None;
    }

    /// <summary>Index into the table; the constants of the generated <c>CommandId</c>.</summary>
    public int Id { get; }

    /// <summary>Lower-case name without the container's: <c>get</c> for <c>config|get</c>.</summary>
    public string Name { get; }

    /// <summary>Lower-case name with the container's: <c>config|get</c>.</summary>
    public string FullName { get; }

    /// <summary><see cref="FullName"/> as bytes.</summary>
    public ReadOnlySpan<byte> FullNameUtf8 => _fullNameUtf8;

    /// <summary>As Redis reports it: negative for "at least".</summary>
    public int Arity { get; }

    /// <summary>Fewest arguments allowed, the name included.</summary>
    public int MinArguments { get; }

    /// <summary>Most arguments allowed, the name included.</summary>
    public int MaxArguments { get; }

    /// <summary>All flags, the derived ones included.</summary>
    public CommandFlags Flags { get; }

    /// <summary>All ACL categories, the implied ones included.</summary>
    public AclCategory Acl { get; }

    /// <summary>Documentation group.</summary>
    public CommandGroup Group { get; }

    /// <summary>First, last and step, as far as these can describe the keys.</summary>
    public KeyRange Range { get; }

    /// <summary>Index of the first key argument for prefetching, or 0 when that needs the key specs.</summary>
    public int FirstKey => Range.First;

    /// <summary>Index of the argument that is the first element it looks for in the first key's value, for prefetching, or 0.</summary>
    public int Element { get; init; }

    /// <summary>All key specs in the order of declaration.</summary>
    public KeySpec[] KeySpecs { get; }

    /// <summary>Whether the specs alone cannot tell what happens to the keys, so that the command's own method is asked first.</summary>
    public bool HasVariableKeyFlags { get; }

    /// <summary>Hints for clients.</summary>
    public string[] Tips { get; init; } = [];

    /// <summary>Id of the container, or -1 for a command of its own.</summary>
    public int ContainerId { get; init; } = -1;

    /// <summary>Ids of the subcommands in the order of their names; empty unless this is a container.</summary>
    public int[] Subcommands { get; init; } = [];

    /// <summary><see cref="Element"/> of a request with so many arguments, the name included, or 0.</summary>
    public int ElementOf(int count) => Element < count ? Element : 0;

    /// <summary>Whether the number of arguments, the name included, is allowed.</summary>
    public bool AcceptsCount(int count) => count >= MinArguments && count <= MaxArguments;
}

/// <summary>The summary of key positions that Redis calls first key, last key and step; last is absolute or negative from the end; all 0 without such
/// keys.</summary>
public readonly record struct KeyRange(int First, int Last, int Step);
