using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Hand-written programs, each run in RESP2 and RESP3 on both servers, with the replication streams compared too.</summary>
public abstract class EdgeTests(ServerPair pair)
{
    private protected static TheoryData<string, int> TableOf(Dictionary<string, string> scripts)
    {
        var data = new TheoryData<string, int>();
        foreach (string name in scripts.Keys)
        {
            data.Add(name, 2);
            data.Add(name, 3);
        }

        return data;
    }

    /// <summary>All differences of the script are reported, not only the first: an edge table names what is wrong line by line.</summary>
    private protected void RunScript(string name, int protocol, string text, bool streams = true)
    {
        if (!streams)
        {
            // A script about saving must not meet the child that an earlier one's replica has left behind.
            using RespClient oracle = pair.Oracle.Connect();
            Poll.Until("the oracle's child to end", () => oracle.Info("persistence")["rdb_bgsave_in_progress"] == "0");
        }

        using var runner = new Runner(pair, []) { WithStreams = streams, KeepGoing = true };
        Report.FailOnMismatch(runner, Script.Parse(name, protocol, text), pair, shrink: false);
    }
}
