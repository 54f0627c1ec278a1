namespace Redouble;

internal static class Program
{
    private static int Main(string[] args)
    {
        Console.Error.WriteLine($"redouble: unknown command '{(args.Length > 0 ? args[0] : "")}'. Commands: server, demo.");
        return 2;
    }
}
