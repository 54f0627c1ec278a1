using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Bitmaps;

public sealed class BitRangeCommandsTests
{
    [Theory]
    [InlineData("BITCOUNT k", 26)]
    [InlineData("BITCOUNT k 0 0", 4)]
    [InlineData("BITCOUNT k 1 1", 6)]
    [InlineData("BITCOUNT k 1 1 BYTE", 6)]
    [InlineData("BITCOUNT k 5 30 bit", 17)]
    [InlineData("BITCOUNT k -1 -1 BIT", 0)]
    [InlineData("BITCOUNT k -2 -1 BIT", 1)]
    [InlineData("BITCOUNT k 3 1", 0)]
    [InlineData("BITCOUNT k -1 -3", 0)]
    [InlineData("BITCOUNT k 100 200", 0)]
    [InlineData("BITCOUNT k -100 200", 26)]
    [InlineData("BITCOUNT k 0 -100", 4)]
    [InlineData("BITPOS k 1", 1)]
    [InlineData("BITPOS k 0", 0)]
    [InlineData("BITPOS k 1 2", 17)]
    [InlineData("BITPOS k 1 -1 -1 BIT", -1)]
    [InlineData("BITPOS k 1 8 9 BIT", 9)]
    [InlineData("BITPOS k 0 9 10 BIT", -1)]
    [InlineData("BITPOS f 0", 24)]
    [InlineData("BITPOS f 0 0", 24)]
    [InlineData("BITPOS f 0 2", 24)]
    [InlineData("BITPOS f 0 0 -1", -1)]
    [InlineData("BITPOS f 0 0 -1 BIT", -1)]
    [InlineData("BITPOS f 0 3", -1)]
    [InlineData("BITPOS f 1 2 1", -1)]
    [InlineData("BITPOS e 0", -1)]
    [InlineData("BITPOS e 1", -1)]
    [InlineData("BITCOUNT e", 0)]
    [InlineData("BITCOUNT e 0 -1 BIT", 0)]
    [InlineData("BITCOUNT nosuch", 0)]
    [InlineData("BITPOS nosuch 0", 0)]
    [InlineData("BITPOS nosuch 1", -1)]
    [InlineData("BITPOS nosuch 1 x y z", -1)]
    [InlineData("BITCOUNT nosuch x", 0)]
    public void Answers(string command, long expected)
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", "foobar");
        node.DoWords("SET", "f", "\u00ff\u00ff\u00ff");
        node.DoWords("SET", "e", "");
        Assert.Equal($":{expected}|", node.Do(command));
    }

    [Theory]
    [InlineData("BITCOUNT k 0", "syntax error")]
    [InlineData("BITCOUNT k 0 1 BYTE x", "syntax error")]
    [InlineData("BITCOUNT k 0 1 x", "syntax error")]
    [InlineData("BITCOUNT k x 1 x", "value is not an integer or out of range")]
    [InlineData("BITPOS k 2", "The bit argument must be 1 or 0.")]
    [InlineData("BITPOS k x", "value is not an integer or out of range")]
    [InlineData("BITPOS k 1 0 1 BYTE x", "syntax error")]
    [InlineData("BITPOS k 1 0 x y", "syntax error")]
    [InlineData("BITPOS k 1 0 x", "value is not an integer or out of range")]
    public void Refuses(string command, string error)
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", "foobar");
        Assert.Equal($"-ERR {error}|", node.Do(command));
    }
}
