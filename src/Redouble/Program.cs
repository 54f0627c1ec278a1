using System.Reflection;
using Redouble.Demo;
using Redouble.Health;

namespace Redouble;

/// <summary>
/// The command line: the first argument names what to run, the rest belongs to it. A directive or a file in its place is the command line of a
/// redis-server, so that scripts and units need no other change than the program's name.
/// </summary>
internal static class Program
{
    private const string Usage = """
        usage: redouble server [file.conf | -] [--directive value ...]
               redouble health [option ...] HOST:PORT ...
               redouble check-aof [--fix | --truncate-to-timestamp SECONDS] FILE.manifest | FILE.aof
               redouble check-rdb FILE
               redouble demo [--seconds N] [--server-command COMMAND]
               redouble --version | --help

        "server" may be left out before a file or a directive, as redis-server has it: redouble redis.conf --port 7000
        """;

    private static int Main(string[] args)
    {
        switch (args.Length == 0 ? "" : args[0])
        {
            case "--version" or "-v":
                Console.Out.WriteLine($"Redouble {Version} (compatible with Redis 7.2.4)");
                return 0;
            case "--help" or "-h" or "help":
                Console.Out.WriteLine(Usage);
                return 0;
            case "demo":
                return DemoCommand.Run(args.AsSpan(1));
            case "health":
                return HealthCommand.Run(args.AsSpan(1));
            case "check-aof":
                using (var log = new Server.Logging.ServerLog())
                    return Checks.AofCheck.Run(args.AsSpan(1), Console.In, Console.Out, text => log.Write(Engine.Configuration.ConfigLogLevel.Warning, text));
            case "check-rdb":
                return Checks.RdbCheck.Run(args.AsSpan(1), Console.Out, Console.Error);
            case "server":
                return Server.ServerProgram.Run(args.AsSpan(1), Version);
            case "":
                Console.Error.WriteLine(Usage);
                return 2;
            case var word when IsServerArgument(word):
                return Server.ServerProgram.Run(args, Version);
            default:
                Console.Error.WriteLine($"redouble: unknown command '{args[0]}'; the commands are server, health, check-aof, check-rdb and demo");
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    /// <summary>Whether a word is an option of the server or names its configuration file, there or not. Names of commands have no dot or slash.</summary>
    private static bool IsServerArgument(string word) => word[0] == '-' || word.AsSpan().ContainsAny('.', '/') || File.Exists(word);

    /// <summary>The product's version as built, without the commit that the compiler appends.</summary>
    private static string Version =>
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
