using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Which kinds of server stand where; names, since a theory's data has to be public.</summary>
public static class Pairs
{
    private const string Redis = nameof(ServerKind.Redis);
    private const string Redouble = nameof(ServerKind.Redouble);

    /// <summary>(primary, replica) with Redouble on at least one side.</summary>
    public static TheoryData<string, string> PrimaryAndReplica() => new() { { Redis, Redouble }, { Redouble, Redis }, { Redouble, Redouble } };

    /// <summary>(primary, middle, last) of a chain.</summary>
    public static TheoryData<string, string, string> Chains() => new()
    {
        { Redis, Redouble, Redis },
        { Redouble, Redis, Redouble },
        { Redis, Redouble, Redouble },
        { Redouble, Redouble, Redouble },
    };

    /// <summary>Every three of servers with a Redouble among them, whatever their places.</summary>
    public static TheoryData<string, string, string> Triples() => new()
    {
        { Redouble, Redouble, Redouble },
        { Redouble, Redouble, Redis },
        { Redouble, Redis, Redouble },
        { Redis, Redouble, Redouble },
        { Redouble, Redis, Redis },
        { Redis, Redouble, Redis },
        { Redis, Redis, Redouble },
    };

    internal static ServerKind Kind(string name) => Enum.Parse<ServerKind>(name);
}
