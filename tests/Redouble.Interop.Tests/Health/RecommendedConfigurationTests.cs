using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Health;

/// <summary>The files in <c>conf/</c>: a server takes them, does what they say, and every line has its reason.</summary>
public sealed partial class RecommendedConfigurationTests
{
    [RedoubleTheory]
    [InlineData("primary.conf")]
    [InlineData("replica.conf")]
    public void A_server_does_what_the_file_says(string file) => Scenario.Run(s =>
    {
        ServerProcess server = s.CreateWithFile(Peers.Subject, file[..^5], File.ReadAllLines(PathOf(file)));
        server.StartWith(server.ConfigPath, "--port", $"{server.Port}", "--bind", "127.0.0.1", "--dir", server.Directory.Path);
        RespClient client = s.Connect(server);
        List<(string Name, string Value)> directives = [.. Directives(file)];
        Assert.True(directives.Count > 10);
        Assert.All(directives, directive =>
        {
            string got = client.Must("CONFIG", "GET", directive.Name)[1].String;
            if (directive.Name == "client-output-buffer-limit")
            {
                Assert.Contains(Bytes(directive.Value.Replace("replica", "slave")), got);
            }
            else
            {
                Assert.Equal(Bytes(directive.Value), got);
            }
        });
        Assert.Equal("OK", client.Must("CONFIG", "REWRITE").String);
    });

    [Theory]
    [InlineData("primary.conf")]
    [InlineData("replica.conf")]
    public void Every_line_has_its_reason_before_it(string file)
    {
        string[] lines = File.ReadAllLines(PathOf(file));
        Assert.All(Enumerable.Range(0, lines.Length).Where(i => IsDirective(lines[i])), i => Assert.StartsWith("# ", lines[i - 1]));
    }

    [Fact]
    public void The_files_differ_only_where_the_roles_do()
    {
        Dictionary<string, string> primary = Directives("primary.conf").ToDictionary(), replica = Directives("replica.conf").ToDictionary();
        Assert.All(primary, directive => Assert.Equal(directive.Value, replica[directive.Key]));
        Assert.Equal(["repl-diskless-load", "replica-priority", "replica-read-only", "replica-serve-stale-data"],
            replica.Keys.Except(primary.Keys).Order());
    }

    private static bool IsDirective(string line) => line.Length > 0 && line[0] != '#';

    private static IEnumerable<(string Name, string Value)> Directives(string file) =>
        File.ReadAllLines(PathOf(file)).Where(IsDirective).Select(line => (line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..]));

    private static string PathOf(string file) => Path.Combine(Peers.Root, "conf", file);

    /// <summary>CONFIG GET shows sizes in bytes.</summary>
    private static string Bytes(string value) =>
        Size().Replace(value, size => (long.Parse(size.Groups[1].Value) << (size.Groups[2].Value == "mb" ? 20 : 30)).ToString());

    [GeneratedRegex(@"\b(\d+)(mb|gb)\b")]
    private static partial Regex Size();
}
