namespace Redouble.Fuzz.Tests;

/// <summary>The fuzzer of the guarded build.</summary>
internal static class Fuzzer
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Redouble.slnx"))) continue;
            var path = System.IO.Path.Combine(folder.FullName, "build/guarded/bin/Redouble.Fuzz/release/Redouble.Fuzz.dll");
            return File.Exists(path) ? path : throw new InvalidOperationException(
                $"No {path}: ./test builds it, or: dotnet build fuzz/Redouble.Fuzz --configuration Release -p:Guarded=true");
        }

        throw new InvalidOperationException($"No Redouble.slnx above {AppContext.BaseDirectory}.");
    }
}
