using Redouble.Generators.Model;

namespace Redouble.Generators.Rules;

/// <summary>
/// All commands in the order of their ids: the hot ones first, so that their dispatch is one small jump table, then the other commands by name, then the
/// subcommands by name.
/// </summary>
internal sealed class CommandTableModel
{
    private static readonly string[] s_hot =
    [
        "get", "set", "incr", "del", "mget", "mset", "expire", "exists", "ttl", "ping", "hget", "hset", "sadd", "zadd", "lpush", "rpush", "lpop", "rpop",
        "incrby", "decr", "hmget", "hgetall", "setex", "zscore", "sismember", "publish", "xadd", "hincrby", "zincrby", "lrange", "zrange", "pexpire",
    ];

    private CommandTableModel(CommandModel[] commands) => Commands = commands;

    /// <summary>All commands; the index is the id.</summary>
    public CommandModel[] Commands { get; }

    /// <summary>How many of them, from id 0 on, are hot.</summary>
    public int HotCount { get; private set; }

    /// <summary>How many, from id 0 on, are no subcommands.</summary>
    public int TopLevelCount { get; private set; }

    public static CommandTableModel Build(IEnumerable<CommandModel> declared)
    {
        var all = declared.GroupBy(c => ConstantOf(c.Name)).Select(g => g.First()).ToArray();
        var containers = new HashSet<string>(all.Where(c => c.Name.Contains('|')).Select(c => ContainerOf(c.Name)));
        var commands = all
            .Select(c => containers.Contains(c.Name) ? c with { IsContainer = true } : c)
            .OrderBy(c => c.Name.Contains('|'))
            .ThenBy(c => Array.IndexOf(s_hot, c.Name) is var i && i < 0 ? int.MaxValue : i)
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .ToArray();
        return new CommandTableModel(commands)
        {
            HotCount = commands.Count(c => s_hot.Contains(c.Name)),
            TopLevelCount = commands.Count(c => !c.Name.Contains('|')),
        };
    }

    /// <summary>Problems that only show when all declarations are seen together.</summary>
    public static IEnumerable<ProblemModel> FindProblems(IReadOnlyCollection<DeclarationModel> declarations)
    {
        var usable = declarations.Where(d => d.Command is not null).ToArray();
        var names = new HashSet<string>();
        var constants = new HashSet<string>();
        foreach (var declaration in usable.OrderBy(d => d.Where?.Path, StringComparer.Ordinal).ThenBy(d => d.Where?.Span.Start))
        {
            if (!names.Add(declaration.Command!.Name))
                yield return new ProblemModel(Problems.Duplicate, $"Command '{declaration.Command.Name}' is declared twice", declaration.Where);
            else if (!constants.Add(ConstantOf(declaration.Command.Name)))
                yield return new ProblemModel(Problems.Name, $"'{declaration.Command.Name}' has the same constant as another command", declaration.Where);
        }

        foreach (var declaration in usable)
        {
            var name = declaration.Command!.Name;
            if (!name.Contains('|') || names.Contains(ContainerOf(name))) continue;
            var message = $"'{name}' needs a container: put [CommandContainer(\"{ContainerOf(name)}\", …)] on a class";
            yield return new ProblemModel(Problems.Container, message, declaration.Where);
        }
    }

    /// <summary>Id of the container of a subcommand, or -1.</summary>
    public int ContainerIdOf(CommandModel command) =>
        command.Name.Contains('|') ? Array.FindIndex(Commands, c => c.Name == ContainerOf(command.Name)) : -1;

    /// <summary>Ids of a container's subcommands.</summary>
    public int[] SubcommandsOf(CommandModel container) =>
        [.. Enumerable.Range(TopLevelCount, Commands.Length - TopLevelCount).Where(id => ContainerOf(Commands[id].Name) == container.Name)];

    public static string ContainerOf(string name) => name.Substring(0, name.IndexOf('|'));

    /// <summary>The C# constant of a command: <c>config|get</c> is ConfigGet, <c>restore-asking</c> RestoreAsking.</summary>
    public static string ConstantOf(string name) =>
        string.Concat(name.Split(['|', '-', '_'], StringSplitOptions.RemoveEmptyEntries).Select(w => char.ToUpperInvariant(w[0]) + w.Substring(1)));
}
