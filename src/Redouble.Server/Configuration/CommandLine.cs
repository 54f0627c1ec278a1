using System.Globalization;
using System.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Configuration;

/// <summary>What a command line asks for.</summary>
public enum CommandLineRequest
{
    /// <summary>Run the server.</summary>
    Run,

    /// <summary>Print the version and leave.</summary>
    Version,

    /// <summary>Print the usage and leave.</summary>
    Help,

    /// <summary>Check the operating system's settings and leave.</summary>
    CheckSystem,

    /// <summary>Test the machine's memory and leave.</summary>
    TestMemory,

    /// <summary>Something this server does not have (Sentinel), or what lacks an argument; <see cref="CommandLine.Refusal"/> says what.</summary>
    Refused,
}

/// <summary>
/// A command line in the form of redis-server: <c>[file] [-] [--directive [value …] …] [-]</c>. Options become lines of configuration that
/// are read after the file and standard input, so the last word on a directive is theirs.
/// </summary>
public sealed class CommandLine
{
    private CommandLine(CommandLineRequest request) => Request = request;

    /// <summary>What is asked for.</summary>
    public CommandLineRequest Request { get; }

    /// <summary>The configuration file as written, or null.</summary>
    public string? ConfigFile { get; private init; }

    /// <summary>Whether configuration is read from standard input too.</summary>
    public bool ReadsStandardInput { get; private init; }

    /// <summary>The options as lines of configuration, one byte per character.</summary>
    public string OptionLines { get; private init; } = "";

    /// <summary>Megabytes of the memory test.</summary>
    public int Megabytes { get; private init; }

    /// <summary>Why the command line is refused; empty otherwise.</summary>
    public string Refusal { get; private init; } = "";

    /// <summary>Takes the arguments (without the program's name) apart. Errors in values show only when the lines are loaded.</summary>
    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length > 0)
        {
            switch (arguments[0])
            {
                case "-v" or "--version": return new(CommandLineRequest.Version);
                case "-h" or "--help": return new(CommandLineRequest.Help);
                case "--check-system": return new(CommandLineRequest.CheckSystem);
                case "--test-memory": return MemoryTest(arguments);
            }
        }

        if (arguments.Contains("--sentinel"))
            return new(CommandLineRequest.Refused) { Refusal = "Sentinel mode is not supported by this version of Redouble." };
        bool hasFile = arguments.Length > 0 && !arguments[0].StartsWith('-');
        OptionReader options = new();
        for (int i = hasFile ? 1 : 0; i < arguments.Length; i++) options.Take(arguments, i);
        return new(CommandLineRequest.Run)
        {
            ConfigFile = hasFile ? arguments[0] : null,
            ReadsStandardInput = options.ReadsStandardInput,
            OptionLines = options.Lines.ToString(),
        };
    }

    private static CommandLine MemoryTest(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length == 2 && int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out int megabytes) && megabytes > 0)
            return new(CommandLineRequest.TestMemory) { Megabytes = megabytes };
        const string text = "Please specify the amount of memory to test in megabytes.\nExample: redouble server --test-memory 4096\n";
        return new(CommandLineRequest.Refused) { Refusal = text };
    }

    /// <summary>
    /// Turns <c>--name value value --name "value"</c> into lines. A word with two dashes opens a directive unless the directive before it
    /// has no value yet: then it is that value. Only <c>--save</c> may stand alone and means <c>save ""</c>.
    /// </summary>
    private sealed class OptionReader
    {
        private bool _lastHasValue = true;

        public StringBuilder Lines { get; } = new();

        public bool ReadsStandardInput { get; private set; }

        public void Take(ReadOnlySpan<string> arguments, int index)
        {
            string argument = arguments[index];
            bool isLast = index == arguments.Length - 1;
            if (argument == "-" && (index == 0 || isLast))
            {
                ReadsStandardInput = true;
            }
            else if (_lastHasValue && argument.StartsWith("--", StringComparison.Ordinal))
            {
                OpenDirective(argument, isLast || arguments[index + 1].StartsWith("--", StringComparison.Ordinal));
            }
            else
            {
                Lines.Append(ConfigText.Quote(ConfigText.FromPath(argument))).Append(' ');
                _lastHasValue = true;
            }
        }

        private void OpenDirective(string argument, bool noValueFollows)
        {
            if (Lines.Length > 0) Lines.Append('\n');
            Lines.Append(ConfigText.FromPath(argument[2..])).Append(' ');

            // "--port 7000" may be one argument: then the value is there already.
            bool nameOnly = ConfigLine.TrySplit(ConfigText.FromPath(argument), out string[] words) && words.Length == 1;
            bool emptySave = nameOnly && noValueFollows && argument.Equals("--save", StringComparison.OrdinalIgnoreCase);
            if (emptySave) Lines.Append("\"\"");
            _lastHasValue = !nameOnly || emptySave;
        }
    }
}
