using System.Globalization;

namespace Redouble.Fuzz;

/// <summary>
/// Throws made-up input at the parts that read what strangers send, in a process of its own:
/// <code>
/// Redouble.Fuzz TARGET [--seed N] [--seconds S] [--iterations N] [--from N] [--out DIRECTORY]
/// Redouble.Fuzz TARGET --input FILE
/// </code>
/// Targets: resp, rdb. Ends with status 0, or 1 after a finding, whose input is then in a file; 2 for a wrong call. An input follows from the
/// seed and its number alone: <c>--seed S --from N --iterations 1</c> repeats it.
/// </summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        if (!TryParse(arguments, out var options))
        {
            Console.Error.WriteLine("usage: Redouble.Fuzz resp|rdb [--seed N] [--seconds S] [--iterations N] [--from N] [--out DIRECTORY] | --input FILE");
            return 2;
        }

        return new FuzzRun(options).Run() ? 0 : 1;
    }

    private static bool TryParse(string[] arguments, out FuzzOptions options)
    {
        options = new FuzzOptions();
        if (arguments.Length == 0 || FuzzTargets.Create(arguments[0]) is not { } target) return false;
        options.Target = target;
        for (var i = 1; i + 1 < arguments.Length; i += 2)
        {
            var value = arguments[i + 1];
            _ = long.TryParse(value, CultureInfo.InvariantCulture, out var number);
            switch (arguments[i])
            {
                case "--seed":
                    options.Seed = number;
                    break;
                case "--seconds":
                    options.Seconds = number;
                    break;
                case "--iterations":
                    options.Iterations = number;
                    break;
                case "--from":
                    options.From = number;
                    break;
                case "--out":
                    options.Directory = value;
                    break;
                case "--input":
                    options.Input = value;
                    break;
                default:
                    return false;
            }
        }

        return arguments.Length % 2 == 1;
    }
}
