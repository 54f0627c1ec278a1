using Redouble.Engine.Commands.Table;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Introspection;

/// <summary>Replies are those of redis-server 7.0.15 to the same words, with the differences of 7.2 and our own words in the documentation.</summary>
public sealed class CommandCommandsTests : IDisposable
{
    private readonly EngineNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Count_is_the_number_of_commands_without_subcommands() => Assert.Equal($":{CommandTable.TopLevelCount}|", _node.Do("COMMAND COUNT"));

    [Fact]
    public void Info_describes_a_command_in_ten_values() => Assert.Equal(
        "*1|*10|$3|get|:2|*2|+readonly|+fast|:1|:1|:1|*3|+@read|+@string|+@fast|*0|*1|*6|$5|flags|*2|+RO|+access|$12|begin_search|*4|$4|type|$5|index|"
            + "$4|spec|*2|$5|index|:1|$9|find_keys|*4|$4|type|$5|range|$4|spec|*6|$7|lastkey|:0|$7|keystep|:1|$5|limit|:0|*0|",
        _node.Do("COMMAND INFO get"));

    [Fact]
    public void Info_uses_sets_and_maps_in_resp3() => Assert.Equal(
        "*1|*10|$3|get|:2|~2|+readonly|+fast|:1|:1|:1|~3|+@read|+@string|+@fast|~0|~1|%3|$5|flags|~2|+RO|+access|$12|begin_search|%2|$4|type|$5|index|"
            + "$4|spec|%1|$5|index|:1|$9|find_keys|%2|$4|type|$5|range|$4|spec|%3|$7|lastkey|:0|$7|keystep|:1|$5|limit|:0|~0|",
        Resp3("COMMAND INFO get"));

    [Fact]
    public void Info_of_a_subcommand_has_its_full_name_and_an_unknown_command_is_null()
    {
        const string Count = "*10|$13|command|count|:2|*2|+loading|+stale|:0|:0|:0|*2|+@slow|+@connection|*0|*0|*0|";
        // The bar within the name is one of the reply's own, not a line end.
        Assert.Equal("*5|" + Count + "$-1|$-1|$-1|$-1|", _node.Do("COMMAND INFO Command|COUNT nosuch command| get|x command|count|x"));
        Assert.Equal("*1|_|", Resp3("COMMAND INFO nosuch"));
    }

    [Fact]
    public void Info_of_a_container_ends_in_its_subcommands()
    {
        var reply = _node.Do("COMMAND INFO command");
        Assert.StartsWith(
            "*1|*10|$7|command|:-1|*2|+loading|+stale|:0|:0|:0|*2|+@slow|+@connection|*1|$29|nondeterministic_output_order|*0|*7|*10|$13|command|count|",
            reply);
        Assert.Contains("*7|*10|", Resp3("COMMAND INFO command"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COMMAND")]
    [InlineData("COMMAND INFO")]
    public void Without_names_all_commands_are_described(string command)
    {
        var reply = _node.Do(command);
        Assert.StartsWith($"*{CommandTable.TopLevelCount}|*10|", reply);
        foreach (var info in CommandTable.Infos) Assert.Contains($"|${info.FullName.Length}|{info.FullName}|:{info.Arity}|", reply, StringComparison.Ordinal);
    }

    [Fact]
    public void Docs_are_a_map_of_the_commands_that_exist()
    {
        Assert.Equal(
            "*2|$4|echo|*10|$7|summary|$25|Returns what it is given.|$5|since|$5|1.0.0|$5|group|$10|connection|$10|complexity|$4|O(1)|$9|arguments|"
                + "*1|*6|$4|name|$7|message|$4|type|$6|string|$12|display_text|$7|message|",
            _node.Do("COMMAND DOCS echo nosuch"));
        Assert.Equal("*0|", _node.Do("COMMAND DOCS nosuch"));
        Assert.Equal("%0|", Resp3("COMMAND DOCS nosuch"));
    }

    [Fact]
    public void Docs_show_deprecation_history_tokens_flags_and_subcommands()
    {
        const string Deprecated = "|$9|doc_flags|~1|+deprecated|$16|deprecated_since|$5|5.0.0|$11|replaced_by|$11|`REPLICAOF`|";
        Assert.Contains(Deprecated, Resp3("COMMAND DOCS slaveof"), StringComparison.Ordinal);
        Assert.Contains("|$9|doc_flags|~1|+syscmd|", Resp3("COMMAND DOCS replconf"), StringComparison.Ordinal);
        Assert.Contains("|$7|history|~1|*2|$5|7.0.0|", Resp3("COMMAND DOCS command|info"), StringComparison.Ordinal);
        var list = Resp3("COMMAND DOCS command|list");
        Assert.Contains(
            "|$9|arguments|*1|%5|$4|name|$8|filterby|$4|type|$5|oneof|$5|token|$8|FILTERBY|$5|flags|~1|+optional|$9|arguments|*3|"
                + "%4|$4|name|$11|module-name|$4|type|$6|string|$12|display_text|$11|module-name|$5|token|$6|MODULE|",
            list, StringComparison.Ordinal);
        Assert.Contains("|$11|subcommands|%7|$13|command|count|%4|$7|summary|", Resp3("COMMAND DOCS command"), StringComparison.Ordinal);
    }

    [Fact]
    public void Docs_without_names_are_those_of_all_commands() => Assert.StartsWith($"%{CommandTable.TopLevelCount}|$", Resp3("COMMAND DOCS"));

    [Fact]
    public void List_names_commands_and_subcommands_and_filters_them()
    {
        Assert.StartsWith($"*{CommandTable.Count}|", _node.Do("COMMAND LIST"));
        Assert.Equal("*1|$13|command|count|", _node.Do("COMMAND LIST FILTERBY PATTERN COMMAND|[Cc]*"));
        Assert.Equal("*0|", _node.Do("COMMAND LIST FILTERBY MODULE x"));
        Assert.Equal("*0|", _node.Do("COMMAND LIST FILTERBY ACLCAT nosuch"));
        string[] expected = ["discard", "exec", "multi", "unwatch", "watch"];
        var names = _node.Do("COMMAND LIST FILTERBY ACLCAT Transaction").Split('|').Where(line => line.Length > 0 && char.IsLetter(line[0]));
        Assert.Equal(expected, names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("COMMAND LIST FILTERBY", "-ERR syntax error|")]
    [InlineData("COMMAND LIST FILTERBY foo bar", "-ERR syntax error|")]
    [InlineData("COMMAND LIST x", "-ERR syntax error|")]
    [InlineData("COMMAND LIST FILTERBY ACLCAT x y", "-ERR syntax error|")]
    [InlineData("COMMAND foo", "-ERR unknown subcommand 'foo'. Try COMMAND HELP.|")]
    [InlineData("COMMAND COUNT x", "-ERR wrong number of arguments for 'command|count' command|")]
    [InlineData("COMMAND GETKEYS", "-ERR wrong number of arguments for 'command|getkeys' command|")]
    [InlineData("COMMAND GETKEYS nosuch", "-ERR Invalid command specified|")]
    [InlineData("COMMAND GETKEYS command foo", "-ERR Invalid command specified|")]
    [InlineData("COMMAND GETKEYS ping", "-ERR The command has no key arguments|")]
    [InlineData("COMMAND GETKEYS get", "-ERR Invalid number of arguments specified for command|")]
    [InlineData("COMMAND GETKEYS get k", "*1|$1|k|")]
    [InlineData("COMMAND GETKEYS watch a b c", "*3|$1|a|$1|b|$1|c|")]
    [InlineData("COMMAND GETKEYSANDFLAGS get k", "*1|*2|$1|k|*2|+RO|+access|")]
    public void Replies_as_redis_does(string command, string reply) =>
        Assert.Equal(reply, _node.Do(command));

    [Fact]
    public void Help_is_status_lines()
    {
        var help = _node.Do("COMMAND HELP");
        Assert.StartsWith("*21|+COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:|+(no subcommand)|+    Return details about", help);
        Assert.EndsWith("|+HELP|+    Print this help.|", help);
        Assert.Equal(22, help.Split('|').Length - 1);
    }

    private string Resp3(string command)
    {
        var session = _node.Connect();
        session.Reply.Version = Redouble.Protocol.Replies.RespVersion.Resp3;
        return _node.Do(command, session);
    }
}
