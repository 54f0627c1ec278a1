using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Redouble.Core.Platform;
using Redouble.Server.Configuration;
using Redouble.Server.Files;

namespace Redouble.Server.Tests.Files;

/// <summary>Files on a real disk.</summary>
public sealed class DiskFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly DiskFiles _files = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>What has no name, or one that no file has (<c>dbfilename ""</c>), was no failure of the disk but the end of the process.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_name_that_no_file_has_is_that_of_none(string name)
    {
        const string text = "No such file or directory";
        var path = Path.Combine(_directory, "file");
        File.WriteAllText(path, "kept");
        Assert.Null(_files.OpenRead(name));
        Assert.False(_files.Exists(name));
        Assert.Equal(text, Assert.ThrowsAny<IOException>(() => _files.Create(name)).Message);
        Assert.Equal(text, Assert.ThrowsAny<IOException>(() => _files.OpenAppend(name)).Message);
        Assert.Equal(text, Assert.ThrowsAny<IOException>(() => _files.CreateDirectory(name)).Message);
        Assert.Equal(text, Assert.ThrowsAny<IOException>(() => _files.Delete(name)).Message);
        Assert.Equal(text, Assert.ThrowsAny<IOException>(() => _files.Rename(path, name)).Message);
        Assert.Equal([path], Directory.GetFileSystemEntries(_directory));
    }

    /// <summary>As chdir says it in Redis: else the files are refused one by one, later.</summary>
    [Fact]
    public void A_directory_that_cannot_be_entered_is_none_to_be_in()
    {
        if (OperatingSystem.IsWindows()) return; // directories have no such modes
        var closed = Directory.CreateDirectory(Path.Combine(_directory, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite).FullName;
        var entered = new DiskConfigSource(_files).TryResolve("/", closed, out _, out var error);
        Assert.Equal(Environment.UserName == "root" ? (true, "") : (false, "Permission denied"), (entered, error)); // root enters everything
        Assert.True(new DiskConfigSource(_files).TryResolve("/", _directory, out var resolved, out error), error);
        Assert.Equal(_directory, resolved);
    }

    /// <summary>sync_file_range is told places in the file; a wrong one is an error of the system.</summary>
    [Fact]
    public void What_goes_to_the_disk_while_it_is_written_is_whole()
    {
        var path = Path.Combine(_directory, "file");
        var bytes = new byte[1 << 20];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i * 7);
        using (var file = _files.Create(path))
        {
            file.WriteBack();
            for (var i = 0; i < 5; i++)
            {
                file.Write(bytes);
                file.WriteBack();
            }

            file.WriteBack();
            file.Sync();
        }

        Assert.Equal(Enumerable.Repeat(bytes, 5).SelectMany(static part => part), File.ReadAllBytes(path));
    }

    /// <summary>
    /// A sync brings a large file to the disk a part at a time, whatever of it was on its way. What is on the disk nobody sees from here: a place in the file
    /// that is none, or a part that never ends, would show.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(13)]
    public void A_large_file_is_whole_after_a_sync(int partsWrittenBack)
    {
        var path = Path.Combine(_directory, "file");
        var bytes = new byte[1 << 20];
        new Random(partsWrittenBack).NextBytes(bytes);
        using (var file = _files.Create(path))
        {
            for (var i = 0; i < 13; i++)
            {
                file.Write(bytes);
                if (i + 1 == partsWrittenBack) file.WriteBack();
            }

            file.Sync();
            file.Write(bytes);
            file.Sync();
        }

        Assert.Equal(Enumerable.Repeat(bytes, 14).SelectMany(static part => part), File.ReadAllBytes(path));
    }

    /// <summary>An open file to which writing is refused (made immutable; here a sealed one in memory) was an exception that nobody expected.</summary>
    [Fact]
    public void A_write_that_is_refused_is_a_failure_of_the_disk()
    {
        const int allowSealing = 2, addSeals = 1033, sealWrite = 8, sealGrow = 4;
        using var memory = new SafeFileHandle(MemoryFile("sealed", allowSealing), ownsHandle: true);
        var descriptor = (int)memory.DangerousGetHandle();
        using var file = _files.OpenAppend($"/proc/self/fd/{descriptor}");
        file.Write("before"u8);
        Assert.Equal(0, Control(descriptor, addSeals, sealWrite | sealGrow));
        Assert.Equal("Operation not permitted", Assert.Throws<IOException>(() => file.Write("after"u8)).Message);
        Assert.Equal("Operation not permitted", Assert.Throws<IOException>(() => file.Truncate(100)).Message);
    }

    /// <summary>As a shell makes one of &lt;(command): it has no length, and was an exception that nobody expected.</summary>
    [Fact]
    public void A_configuration_may_come_from_a_pipe_and_a_data_set_may_not()
    {
        var path = Path.Combine(_directory, "pipe");
        using (var make = Process.Start("mkfifo", [path])) make.WaitForExit();
        var text = string.Concat(Enumerable.Repeat("port 7000\n", 20_000)); // more than a pipe holds
        var writer = new Thread(() => File.WriteAllText(path, text));
        writer.Start();
        var read = new DiskConfigSource(_files).TryReadFile(path, out var error);
        writer.Join();
        Assert.Equal(text, Encoding.ASCII.GetString(read!));

        writer = new Thread(() => File.WriteAllText(path, "REDIS"));
        writer.Start();
        using (var file = _files.OpenRead(path)!)
        {
            Assert.Equal("Illegal seek", Assert.Throws<IOException>(() => file.Length).Message);
            Assert.Equal(5, file.ReadToEnd().Length);
        }

        writer.Join();
    }

    [Fact]
    public void A_configuration_that_never_ends_is_none()
    {
        Assert.Null(new DiskConfigSource(_files).TryReadFile("/dev/zero", out var error));
        Assert.Equal("File too large", error);
    }

    /// <summary>A large file that is deleted or replaced is given back in steps; who has another hold on it must not notice.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_large_file_that_has_lost_its_name_is_whole_for_who_still_has_it(bool isReplaced)
    {
        var path = Path.Combine(_directory, "file");
        var bytes = new byte[(9 << 20) + 1];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i * 7);
        File.WriteAllBytes(path, bytes);
        using var reader = _files.OpenRead(path)!;
        if (isReplaced)
        {
            File.WriteAllText(Path.Combine(_directory, "next"), "next");
            _files.Rename(Path.Combine(_directory, "next"), path);
            Assert.Equal("next", File.ReadAllText(path));
        }
        else
        {
            _files.Delete(path);
            Assert.False(File.Exists(path));
        }

        var read = new byte[bytes.Length];
        var length = 0;
        for (var part = -1; part != 0 && length < read.Length; length += part) part = reader.Read(read.AsSpan(length));
        Assert.Equal(bytes.Length, length);
        Assert.True(bytes.AsSpan().SequenceEqual(read));
    }

    /// <summary>One that never had a name is shortened in steps once it is closed, on another thread, and then closed; closed twice it is as well.</summary>
    [Fact]
    public void A_large_file_without_a_name_is_given_back()
    {
        var file = _files.CreateUnlinked(_directory);
        file.Write(new byte[(9 << 20) + 1]);
        var number = Assert.Single(Directory.GetFiles("/proc/self/fd"), IsOurs);
        using var other = File.OpenHandle(number, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Dispose();
        file.Dispose();
        Assert.True(SpinWait.SpinUntil(() => RandomAccess.GetLength(other) == 0, TimeSpan.FromMinutes(1)));
        Assert.True(SpinWait.SpinUntil(() => !IsOurs(number), TimeSpan.FromMinutes(1)));

        bool IsOurs(string path) => new FileInfo(path).LinkTarget?.StartsWith(_directory, StringComparison.Ordinal) == true;
    }

    // The base library copies: a process that dies in the middle leaves a part under the name, and nothing is synced.
    [Fact]
    public void Nothing_is_renamed_across_file_systems()
    {
        const string other = "/dev/shm";
        if (!Directory.Exists(other) || new DriveInfo(other).TotalSize == new DriveInfo(_directory).TotalSize) return;
        var from = Path.Combine(_directory, "from");
        var to = Path.Combine(other, $"redouble-test-{Guid.NewGuid():n}");
        File.WriteAllText(from, "x");
        var failure = Assert.Throws<IOException>(() => _files.Rename(from, to));
        Assert.Contains("cross-device", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((true, false), (File.Exists(from), File.Exists(to)));
        _files.Rename(from, from + "2");
        Assert.Equal("x", File.ReadAllText(from + "2"));
    }

    [Fact]
    public void A_directory_is_created_once()
    {
        var path = Path.Combine(_directory, "appendonlydir");
        _files.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "file"), "");
        _files.CreateDirectory(path);
        Assert.True(_files.Exists(Path.Combine(path, "file")));
        Assert.Throws<IOException>(() => _files.CreateDirectory(Path.Combine(path, "file")));
        Assert.Throws<IOException>(() => _files.CreateDirectory(Path.Combine(path, "file", "below")));
    }

    /// <summary>As on some file systems of networks and of user space: a save was told as failed behind its rename.</summary>
    [Fact]
    public void A_directory_that_cannot_be_synced_is_left_to_its_file_system()
    {
        Redouble.Server.Polling.FileCalls.SyncDirectory("/proc");
        var failure = Assert.Throws<IOException>(() => Redouble.Server.Polling.FileCalls.SyncDirectory(Path.Combine(_directory, "none")));
        Assert.Equal($"No such file or directory: '{_directory}/none'", failure.Message);
    }

    [DllImport("libc", EntryPoint = "memfd_create", CharSet = CharSet.Ansi)]
    private static extern int MemoryFile(string name, uint flags);

    [DllImport("libc", EntryPoint = "fcntl")]
    private static extern int Control(int descriptor, int command, int value);
}
