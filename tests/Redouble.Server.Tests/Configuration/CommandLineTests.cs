using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "--port", "7000", "--replicaof", "127.0.0.1", "8888")]
    [InlineData("port \"7000\" \nreplicaof \"127.0.0.1\" \"8888\" ", "--port", "7000", "--replicaof", "127.0.0.1", "8888")]
    [InlineData("save \"\" ", "--save", "")]
    [InlineData("save \"\"", "--save")]
    [InlineData("save \"\"\nport \"1\" ", "--save", "--port", "1")]
    [InlineData("save \"\" \nport \"1\" ", "--save", "", "--port", "1")]
    [InlineData("requirepass \"--port\" \"1\" ", "--requirepass", "--port", "1")]
    [InlineData("requirepass \"--x\" \nport \"1\" ", "--requirepass", "--x", "--port", "1")]
    [InlineData("port 7000 \ntimeout \"5\" ", "--port 7000", "--timeout", "5")]
    [InlineData("requirepass \"a \\\"b\" ", "--requirepass", "a \"b")]
    [InlineData("requirepass \"-\" \nport \"1\" ", "--requirepass", "-", "--port", "1")]
    [InlineData("dir \"/tmp\" \"-x\" ", "--dir", "/tmp", "-x")]
    [InlineData("masterauth \"\\xc3\\xa9\" ", "--masterauth", "\u00e9")]
    public void OptionsBecomeLines(string lines, params string[] arguments)
    {
        if (lines.Length == 0) arguments = [];
        CommandLine line = CommandLine.Parse(arguments);
        Assert.Equal(lines, line.OptionLines);
        Assert.Equal(CommandLineRequest.Run, line.Request);
        Assert.Null(line.ConfigFile);
        Assert.False(line.ReadsStandardInput);
    }

    [Fact]
    public void TheFileComesFirstAndADashFirstOrLast()
    {
        CommandLine line = CommandLine.Parse(["redis.conf", "--port", "1", "-"]);
        Assert.Equal(("redis.conf", true, "port \"1\" "), (line.ConfigFile, line.ReadsStandardInput, line.OptionLines));
        line = CommandLine.Parse(["-", "--port", "1"]);
        Assert.Equal((null, true, "port \"1\" "), (line.ConfigFile, line.ReadsStandardInput, line.OptionLines));
    }

    [Theory]
    [InlineData(CommandLineRequest.Version, "-v")]
    [InlineData(CommandLineRequest.Version, "--version")]
    [InlineData(CommandLineRequest.Help, "-h")]
    [InlineData(CommandLineRequest.Help, "--help")]
    [InlineData(CommandLineRequest.CheckSystem, "--check-system")]
    [InlineData(CommandLineRequest.TestMemory, "--test-memory", "5")]
    [InlineData(CommandLineRequest.Refused, "--test-memory")]
    [InlineData(CommandLineRequest.Refused, "--test-memory", "5", "6")]
    [InlineData(CommandLineRequest.Refused, "--test-memory", "many")]
    [InlineData(CommandLineRequest.Refused, "sentinel.conf", "--sentinel")]
    [InlineData(CommandLineRequest.Run, "redis.conf", "-v")]
    public void Requests(CommandLineRequest request, params string[] arguments) => Assert.Equal(request, CommandLine.Parse(arguments).Request);

    [Fact]
    public void TheVersionLineHasRedisFields() =>
        Assert.Equal("Redis server v=7.2.4 sha=00000000:0 malloc=redouble-0.1.0 bits=64 build=0", UsageText.Version("7.2.4", "0.1.0", "0"));
}
