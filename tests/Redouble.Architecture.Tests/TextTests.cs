using System.Text.RegularExpressions;

namespace Redouble.Architecture.Tests;

/// <summary>What no file of the repository contains.</summary>
public sealed partial class TextTests
{
    // Written in two parts, so that this file does not offend against itself.
    private static readonly string[] Unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Exception"];

    private static readonly string[] WithTabs = [".slnx"];

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        IEnumerable<string> offenders =
            from file in Repository.Files
            from line in file.Lines.Index()
            where Unfinished.Any(word => Regex.IsMatch(line.Item, $@"\b{word}"))
            select $"{file.Path}:{line.Index + 1} {line.Item.Trim()}";
        Offences.AssertNone("Finish it, or open an issue:", offenders);
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine()
    {
        IEnumerable<string> offenders =
            from file in Repository.Files
            from line in file.Lines.Index()
            where MachinePath().IsMatch(line.Item)
            select $"{file.Path}:{line.Index + 1} {line.Item.Trim()}";
        Offences.AssertNone("Paths are relative to the repository, or asked of the system:", offenders);
    }

    [Fact]
    public void Names_of_files_are_decoded_in_one_place()
    {
        IEnumerable<string> offenders =
            from file in Repository.Files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
                && !file.Path.StartsWith("src/Redouble.Engine/Configuration/", StringComparison.Ordinal)
            from line in file.Lines.Index()
            where RawFileName().IsMatch(line.Item)
            select $"{file.Path}:{line.Index + 1} {line.Item.Trim()}";
        Offences.AssertNone("A value holds bytes, and is relative to dir: take it from ServerConfig.Paths.", offenders);
    }

    [Theory]
    [InlineData("Path.Combine(node.Config.Dir, name)", true)]
    [InlineData("log.Open(config.LogFile);", true)]
    [InlineData("if (config.LogFile.Length == 0)", false)]
    [InlineData("ConfigText.ToPath(node.Config.UnixSocket)", false)]
    [InlineData("config.PidFile = Daemon.DefaultPidFile;", false)]
    [InlineData("config.Paths.LogFile", false)]
    [InlineData("config.Directories", false)]
    public void A_name_of_a_file_that_is_not_decoded_is_recognised(string line, bool expected) => Assert.Equal(expected, RawFileName().IsMatch(line));

    [Theory]
    [InlineData("cd /ho" + "me/ada/redouble", true)]
    [InlineData("\"C:\\\\Us" + "ers\\\\ada\"", true)]
    [InlineData("see /ro" + "ot/.config", true)]
    [InlineData("docs/home/page", false)]
    [InlineData("dir /var/lib/redis", false)]
    public void A_path_of_a_machine_is_recognised(string line, bool expected) => Assert.Equal(expected, MachinePath().IsMatch(line));

    [Fact]
    public void Text_is_plainly_formatted()
    {
        IEnumerable<string> offenders = Repository.Files.Where(file => file.Text.Length > 0).SelectMany(Flaws);
        Offences.AssertNone("No tabs, no blanks at line ends, no carriage returns, one newline at the end:", offenders);
    }

    [Fact]
    public void Each_kind_of_flaw_is_found()
    {
        RepositoryFile file = new("a.cs", "\tx\ny \nz\r\nw");
        Assert.Equal(["a.cs:1 tab", "a.cs:2 trailing blank", "a.cs:3 carriage return", "a.cs no newline at the end"], Flaws(file));
        Assert.Equal(["b.cs more than one newline at the end"], Flaws(new RepositoryFile("b.cs", "x\n\n")));
        Assert.Empty(Flaws(new RepositoryFile("c.cs", "x\n\ny\n")));
    }

    private static IEnumerable<string> Flaws(RepositoryFile file)
    {
        foreach ((int index, string line) in file.Lines.Index())
        {
            if (line.Contains('\t') && !WithTabs.Any(ending => file.Path.EndsWith(ending, StringComparison.Ordinal)))
            {
                yield return $"{file.Path}:{index + 1} tab";
            }

            if (line.EndsWith(' '))
            {
                yield return $"{file.Path}:{index + 1} trailing blank";
            }

            if (line.Contains('\r'))
            {
                yield return $"{file.Path}:{index + 1} carriage return";
            }
        }

        if (!file.Text.EndsWith('\n'))
        {
            yield return $"{file.Path} no newline at the end";
        }
        else if (file.Text.EndsWith("\n\n", StringComparison.Ordinal))
        {
            yield return $"{file.Path} more than one newline at the end";
        }
    }

    [GeneratedRegex(@"(?<!ToPath\([\w.]*)[cC]onfig!?\.(Dir|DbFileName|LogFile|PidFile|UnixSocket)\b(?!\.Length| = )")]
    private static partial Regex RawFileName();

    [GeneratedRegex(@"(?<![\w./*-])/(home|root|work|Users)/[\w.]|\b[A-Z]:\\+Users\b")]
    private static partial Regex MachinePath();
}
