namespace Redouble.Demo;

/// <summary>What one node holds, for comparison with the others.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Keys">DBSIZE.</param>
/// <param name="Digest">DEBUG DIGEST: 40 hexadecimal digits over every key, value and expiry flag.</param>
internal sealed record Holding(string Node, long Keys, string Digest);

/// <summary>The proof at the end of the demo: all nodes hold the same data, and some data at all.</summary>
internal static class CopyCheck
{
    /// <summary>An empty data set proves nothing.</summary>
    public static bool AllEqual(IReadOnlyList<Holding> holdings) =>
        holdings.Count > 1 && holdings[0].Keys > 0 && holdings.All(other => (other.Keys, other.Digest) == (holdings[0].Keys, holdings[0].Digest));

    /// <summary>Asks one node.</summary>
    public static Holding Ask(ServerProcess server) =>
        new(server.Name, (long)server.Client!.Call("DBSIZE")!, (string)server.Client.Call("DEBUG", "DIGEST")!);
}
