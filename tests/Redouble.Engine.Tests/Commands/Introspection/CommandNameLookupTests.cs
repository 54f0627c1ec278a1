using System.Text;
using Redouble.Engine.Commands.Introspection;
using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Tests.Commands.Introspection;

public sealed class CommandNameLookupTests
{
    [Fact]
    public void Every_command_is_found_by_its_full_name_in_any_case()
    {
        foreach (var info in CommandTable.Infos)
        {
            Assert.Same(info, CommandNameLookup.Find(info.FullNameUtf8));
            Assert.Same(info, CommandNameLookup.Find(Encoding.ASCII.GetBytes(info.FullName.ToUpperInvariant())));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("|")]
    [InlineData("get|")]
    [InlineData("command|")]
    [InlineData("command|count|x")]
    [InlineData("count")]
    public void Other_names_are_unknown(string name) => Assert.Null(CommandNameLookup.Find(Encoding.ASCII.GetBytes(name)));

    [Theory]
    [InlineData("get k", "get")]
    [InlineData("COMMAND", "command")]
    [InlineData("command COUNT", "command|count")]
    [InlineData("command foo", null)]
    [InlineData("foo", null)]
    public void Arguments_lead_to_the_subcommand(string line, string? name) =>
        Assert.Equal(name, CommandNameLookup.Find(new Words(line.Split(' ')))?.FullName);

    private readonly struct Words(string[] words) : ICommandArguments
    {
        public int Count => words.Length;

        public ReadOnlySpan<byte> this[int index] => Encoding.ASCII.GetBytes(words[index]);
    }
}
