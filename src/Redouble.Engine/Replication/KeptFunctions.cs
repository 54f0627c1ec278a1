using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Replication;

/// <summary>
/// FUNCTION LOAD, DELETE, FLUSH and RESTORE as they come from a primary or an AOF. No function runs here, but the libraries belong to the data set:
/// they are kept as text and passed on, so that they are there after a failover to a server that runs them. A client's FUNCTION is unknown.
/// </summary>
internal static class KeptFunctions
{
    /// <summary>Whether the command is one of these.</summary>
    public static bool Knows(in CommandArguments command) =>
        command.Count >= 2 && AsciiCase.EqualsIgnoreCase(command[0], "function"u8) && Subcommand(command) != Change.None;

    /// <summary>Changes the libraries as the command says. Call only with one that is known.</summary>
    public static void Apply(Node node, in CommandArguments command)
    {
        var done = Subcommand(command) switch
        {
            Change.Load => Load(node.Functions, command),
            Change.Delete => Delete(node.Functions, command),
            Change.Flush => Flush(node.Functions),
            _ => Restore(node.Functions, command),
        };
        if (done) node.Dirty++;
        else UnexpectedErrors.Report(node, "ERR the libraries of functions cannot be changed in this way", "function");
    }

    private static Change Subcommand(in CommandArguments command)
    {
        var word = command[1];
        if (AsciiCase.EqualsIgnoreCase(word, "load"u8)) return Change.Load;
        if (AsciiCase.EqualsIgnoreCase(word, "delete"u8)) return Change.Delete;
        if (AsciiCase.EqualsIgnoreCase(word, "flush"u8)) return Change.Flush;
        return AsciiCase.EqualsIgnoreCase(word, "restore"u8) ? Change.Restore : Change.None;
    }

    // FUNCTION LOAD [REPLACE] code. The primary has accepted it: one of that name is older.
    private static bool Load(List<byte[]> libraries, in CommandArguments command)
    {
        if (command.Count is not (3 or 4)) return false;
        Put(libraries, command[command.Count - 1].ToArray());
        return true;
    }

    private static bool Delete(List<byte[]> libraries, in CommandArguments command)
    {
        if (command.Count != 3) return false;
        return Remove(libraries, command[2].ToArray());
    }

    private static bool Flush(List<byte[]> libraries)
    {
        libraries.Clear();
        return true;
    }

    // FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE]
    private static bool Restore(List<byte[]> libraries, in CommandArguments command)
    {
        var restored = new List<byte[]>();
        if (command.Count is not (3 or 4) || !FunctionPayload.TryRead(command[2], restored)) return false;
        if (command.Count == 4 && AsciiCase.EqualsIgnoreCase(command[3], "flush"u8)) libraries.Clear();
        foreach (var library in restored) Put(libraries, library);
        return true;
    }

    private static void Put(List<byte[]> libraries, byte[] code)
    {
        Remove(libraries, NameOf(code).ToArray());
        libraries.Add(code);
    }

    private static bool Remove(List<byte[]> libraries, byte[] name) => libraries.RemoveAll(library => NameOf(library).SequenceEqual(name)) > 0;

    // The first line: #!engine name=library
    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> code)
    {
        var end = code.IndexOfAny((byte)'\n', (byte)'\r');
        var line = end < 0 ? code : code[..end];
        foreach (var range in line.SplitAny(" \t"u8))
        {
            var word = line[range];
            if (word.Length > 5 && AsciiCase.EqualsIgnoreCase(word[..5], "name="u8)) return word[5..].Trim("\"'"u8);
        }

        return line;
    }

    private enum Change : byte
    {
        None,
        Load,
        Delete,
        Flush,
        Restore,
    }
}
