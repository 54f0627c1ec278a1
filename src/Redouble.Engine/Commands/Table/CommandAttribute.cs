namespace Redouble.Engine.Commands.Table;

/// <summary>
/// Makes a static method <c>void M(CommandContext)</c> a command. This is the one place where a command is declared: the generator derives from it the
/// lookup by name, the dispatch, the pre-check flags, the ACL categories and everything that COMMAND INFO and COMMAND DOCS say. Give it several times for
/// aliases.
/// </summary>
/// <param name="name">Lower case; <c>config|get</c> for a subcommand, whose container is declared by <see cref="CommandContainerAttribute"/> or is a command
/// itself.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CommandAttribute(string name) : Attribute
{
    /// <summary>Name as clients send it, in lower case.</summary>
    public string Name { get; } = name;

    /// <summary>Number of arguments including the name (and, for subcommands, the container's name); negative: at least that many.</summary>
    public int Arity { get; set; }

    /// <summary>Redis' flags and our explicit exceptions. The derived bits are the generator's.</summary>
    public CommandFlags Flags { get; set; }

    /// <summary>Categories that the flags do not imply (see <see cref="CommandFlags"/>); @fast or @slow, @read, @write, @admin and so on come by
    /// themselves.</summary>
    public AclCategory Acl { get; set; }

    /// <summary>
    /// Key specs, separated by <c>;</c>. Each is flags and a locator, with an optional remark after <c>--</c>.
    /// <code>
    ///   RW access update @1              argument 1
    ///   OW update @1..-1/2               arguments 1, 3, 5 … to the last
    ///   RO access @2..+1                 argument 2 and the one after it
    ///   RO access @2#                    argument 2 says how many keys follow it
    ///   RO access @1#0+2                 the count is at 1+0, the first key at 1+2
    ///   RO access @STREAMS>1..-1%2       after the word STREAMS, searched from argument 1; the first half of what follows
    ///   OW update ? -- the word STORE may be anywhere      not to be told by a spec
    /// </code>
    /// Flags: RO RW OW RM access update insert delete not_key incomplete variable_flags.
    /// </summary>
    public string? Keys { get; set; }

    /// <summary>
    /// Index of the argument that, in the command's plainest form, is the first field or member that is looked for in the value of the first key: its memory is
    /// fetched ahead. 0 for none.
    /// </summary>
    public int Element { get; set; }

    /// <summary>Name of a static method <c>bool M&lt;TArgs&gt;(TArgs args, KeyPositions keys)</c> of the same class that finds the keys where specs cannot;
    /// false: bad arguments.</summary>
    public string? GetKeys { get; set; }

    /// <summary>Documentation group.</summary>
    public CommandGroup Group { get; set; }

    /// <summary>First Redis version that had it, as <c>1.0.0</c>.</summary>
    public string Since { get; set; } = "";

    /// <summary>One short sentence.</summary>
    public string Summary { get; set; } = "";

    /// <summary>Time complexity, as <c>O(N) where N is …</c>.</summary>
    public string? Complexity { get; set; }

    /// <summary>
    /// The arguments, from which COMMAND DOCS' tree is generated.
    /// <code>
    ///   word              an argument; its type is string unless the word is well known (key, pattern, seconds, milliseconds, count, numkeys, unix-time-…)
    ///   word:integer      its type: key string integer double pattern unix-time
    ///   word:key#1        and the index of its key spec (0 for keys unless given)
    ///   WORD              a token by itself; 'x' for tokens that are not words; name=WORD to name it differently
    ///   WORD word         an argument introduced by a token; WORD! is a token by itself even so
    ///   [ … ]             optional
    ///   name=( a | b )    one of several;   name=( a b ) a block;   WORD name=( … ) either, introduced by a token
    ///   …... or …+...     repeated; with + its token is repeated as well
    ///   ^6.2.0  ~7.0.0    directly after a word: since, deprecated since;   {text}: display text if not the name
    /// </code>
    /// A group inside [ ] or between | that is not named gets its members' names joined by '-'.
    /// </summary>
    public string? Syntax { get; set; }

    /// <summary>Hints for client libraries and proxies, separated by blanks (<c>nondeterministic_output request_policy:all_shards</c>).</summary>
    public string? Tips { get; set; }

    /// <summary>What changed when: <c>6.2.0 text; 7.0.0 text</c>.</summary>
    public string? History { get; set; }

    /// <summary>Version since which it is deprecated.</summary>
    public string? Deprecated { get; set; }

    /// <summary>What to use instead of a deprecated command; Markdown.</summary>
    public string? ReplacedBy { get; set; }

    /// <summary>Internal to the server, not for users (doc flag syscmd).</summary>
    public bool System { get; set; }
}
