using System.Diagnostics;

namespace Redouble.Interop.Tests.Harness;

/// <summary>A file system in memory of a few megabytes; not mounted where the rights are missing.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempDirectory _directory = new("disk");

    public SmallDisk(int megabytes) => Mounted = Peers.IsRoot && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", _directory.Path);

    public bool Mounted { get; }

    public string Path => _directory.Path;

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", _directory.Path));

    public void Dispose()
    {
        if (Mounted)
        {
            Run("umount", "-l", _directory.Path);
        }

        _directory.Dispose();
    }

    private static bool Run(string command, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, args) { RedirectStandardError = true })!;
        process.WaitForExit(5000);
        return process.ExitCode == 0;
    }
}
