using Redouble.Engine.Configuration;

namespace Redouble.Engine.Tests.Configuration.Directives;

/// <summary>Directives of words: yes or no, one of several, several of several, any text.</summary>
public sealed class WordDirectiveTests
{
    [Fact]
    public void YesAndNoInAnyCase()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("repl-diskless-sync", "NO"));
        Assert.False(node.Config.ReplDisklessSync);
        Assert.Equal("OK", node.Reason("repl-diskless-sync", "Yes"));
        Assert.Equal("yes", node.Get("repl-diskless-sync"));
        Assert.Equal("argument must be 'yes' or 'no'", node.Reason("repl-diskless-sync", "1"));
    }

    [Fact]
    public void ChoicesShowTheFirstOfTwoWordsForOneValue()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("oom-score-adj", "RELATIVE"));
        Assert.Equal("yes", node.Get("oom-score-adj"));
        Assert.Equal("argument(s) must be one of the following: no, yes, relative, absolute", node.Reason("oom-score-adj", ""));
        Assert.Equal(
            "argument(s) must be one of the following: debug, verbose, notice, warning, nothing", node.Reason("loglevel", "info"));
    }

    [Fact]
    public void ShutdownOptionsAddUp()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("shutdown-on-sigterm", "force nosave now"));
        Assert.Equal("nosave now force", node.Get("shutdown-on-sigterm"));
        Assert.Equal("shutdown options SAVE and NOSAVE can't be used simultaneously", node.Reason("shutdown-on-sigterm", "save nosave"));
        Assert.Equal("argument(s) must be one of the following: default, save, nosave, now, force", node.Reason("shutdown-on-sigterm", "now  force"));
        Assert.Equal(ShutdownOptions.NoSave | ShutdownOptions.Now | ShutdownOptions.Force, node.Config.ShutdownOnSigterm);
        Assert.Equal("OK", node.Reason("shutdown-on-sigterm", "default"));
        Assert.Equal("default", node.Get("shutdown-on-sigterm"));
    }

    [Theory]
    [InlineData("proc-title-template", "{x}", "template format is invalid or contains unknown variables")]
    [InlineData("proc-title-template", "{title} ", "template format is invalid or contains unknown variables")]
    [InlineData("proc-title-template", "a{b", "template format is invalid or contains unknown variables")]
    [InlineData("proc-title-template", "", "template format is invalid or contains unknown variables")]
    [InlineData("proc-title-template", "{title} {{ {port} }", "OK")]
    [InlineData("cluster-announce-hostname", "a_b", "Hostnames may only contain alphanumeric characters, hyphens or dots")]
    [InlineData("cluster-announce-hostname", "a-b.c", "OK")]
    [InlineData("locale-collate", "C", "OK")]
    [InlineData("locale-collate", "nowhere", "Invalid locale name")]
    [InlineData("cluster-announce-human-nodename", "a b", "OK")]
    [InlineData("cluster-announce-human-nodename", "a*b", "Announced human node name contained invalid character")]
    public void TextsWithAForm(string name, string value, string reason) => Assert.Equal(reason, new TestNode().Reason(name, value));

    [Theory]
    [InlineData("dbfilename a/b", "dbfilename can't be a path, just a filename")]
    [InlineData("dbfilename \"\"", "")]
    [InlineData("appendfilename a/b", "appendfilename can't be a path, just a filename")]
    [InlineData("appendfilename \"\"", "appendfilename can't be empty")]
    [InlineData("appenddirname a/b", "appenddirname can't be a path, just a dirname")]
    [InlineData("appenddirname \"\"", "appenddirname can't be empty")]
    [InlineData("dbfilename a\\b", "dbfilename can't be a path, just a filename")]
    [InlineData("appendfilename a\\b", "appendfilename can't be a path, just a filename")]
    [InlineData("appenddirname a\\b", "appenddirname can't be a path, just a dirname")]
    [InlineData("dir missing", "No such file or directory")]
    [InlineData("dir \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("logfile \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("pidfile \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("unixsocket \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("dbfilename \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("appendfilename \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    [InlineData("appenddirname \"a\\x00b\"", "The name of a file can't hold a zero byte")]
    public void FileNames(string line, string error) => Assert.Equal(error, new TestNode().Load(line));

    [Fact]
    public void TextKeepsAnyByte()
    {
        TestNode node = new();
        Assert.Equal("", node.Load("masterauth \"a\\xff\\x00b\""));
        Assert.Equal(new byte[] { (byte)'a', 0xff, 0, (byte)'b' }, ConfigText.ToBytes(node.Config.MasterAuth));
    }
}
