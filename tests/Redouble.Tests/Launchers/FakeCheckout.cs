using System.Diagnostics;

namespace Redouble.Tests.Launchers;

/// <summary>
/// A small checkout in a temporary folder with the real launchers and a <c>dotnet</c> of our own in front of the path, which notes each call in
/// calls.txt and obeys files beside it: <c>broken</c> makes a publish fail; <c>results/NAME.trx</c> is what testing NAME leaves, <c>results/NAME.status</c>
/// how it ends.
/// </summary>
internal sealed class FakeCheckout : IDisposable
{
    private const string Dotnet = """
        #!/bin/bash
        here=$(dirname "$0"); here=${here%/bin}
        echo "$1" >>"$here/calls.txt"
        case $1 in
            publish)
                sleep 0.2
                [[ -e $here/broken ]] && { echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; }
                [[ -e $here/slow ]] && exec sleep 60
                while [[ $1 != --output ]]; do shift; done
                mkdir -p "$2"
                cp "$here/program" "$2/redouble"
                echo "compiler chatter" ;;
            test)
                name=$(basename "$2" .dll)
                mkdir -p TestResults
                words=$*
                left=${words#*LogFileName=}
                cp "results/$name.trx" "TestResults/${left%% *}" 2>/dev/null
                exit "$(cat "results/$name.status" 2>/dev/null || echo 0)" ;;
        esac
        """;

    private const string DefaultProgram = """
        #!/bin/bash
        echo "pid $$"
        printf '<%s>' "$@"
        cat
        exit 7
        """;

    private readonly TemporaryFolder _folder = new();

    public FakeCheckout(string program = DefaultProgram)
    {
        string root = FindRoot();
        foreach (string name in (string[])["redouble", "test"])
        {
            File.Copy(Path.Combine(root, name), At(name));
        }

        Write("src/Redouble/Program.cs", "class Program;");
        Write("global.json", "{}");
        Write("Directory.Build.props", "<Project/>");
        Write(".editorconfig", "root = true");
        WriteProgram("bin/dotnet", Dotnet);
        WriteProgram("program", program);

        // Present, so that nothing is installed.
        foreach (string tool in (string[])["redis-server", "redis-sentinel", "redis-cli", "redis-benchmark"])
        {
            WriteProgram($"bin/{tool}", "#!/bin/bash");
        }
    }

    /// <summary>How often dotnet was called to do this.</summary>
    public int Calls(string verb) => File.Exists(At("calls.txt")) ? File.ReadLines(At("calls.txt")).Count(line => line == verb) : 0;

    public string At(string path) => Path.Combine(_folder.Path, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text + "\n");
    }

    /// <summary>Starts a launcher with its streams redirected, from another folder.</summary>
    public Process Start(string launcher, params string[] args)
    {
        ProcessStartInfo start = new("/bin/bash", [At(launcher), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = $"{At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment.Remove("DOTNET_ROOT");
        return Process.Start(start)!;
    }

    /// <summary>Runs a launcher to its end with this on its standard input.</summary>
    public CommandLineRun Run(string launcher, string input, params string[] args)
    {
        using Process process = Start(launcher, args);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandLineRun(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private void WriteProgram(string path, string text)
    {
        Write(path, text);
        File.SetUnixFileMode(At(path), (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => _folder.Dispose();

    public static string FindRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Redouble.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The launchers are tested from a build inside the source tree.");
        }

        return folder.FullName;
    }
}
