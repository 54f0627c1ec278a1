using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// One request of a random program. Words that start with <c>@now</c> stand for the time of execution, the same for both servers:
/// <c>@now+100</c> is in seconds, <c>@nowms+100</c> in milliseconds. Requests whose name starts with <c>@</c> are carried out by the runner,
/// see <see cref="Macros"/>.
/// </summary>
/// <param name="Client">Which of the program's connections sends it.</param>
/// <param name="Args">The words, one character per byte.</param>
internal sealed record Request(int Client, string[] Args)
{
    public string Name => Args.Length == 0 ? "" : Args[0].ToUpperInvariant();

    public override string ToString() => $"{Client}> {Latin1.Quote(Args)}";
}

/// <summary>Requests that only make sense together (a short expiry and the pause after it); shrinking keeps or drops a step whole.</summary>
internal sealed record Step(params Request[] Requests)
{
    public override string ToString() => string.Join("\n", Requests.Select(r => r.ToString()));
}

/// <summary>A random program.</summary>
/// <param name="Protocols">The RESP version of each connection.</param>
internal sealed record TestProgram(string Family, int Seed, int[] Protocols, IReadOnlyList<Step> Steps)
{
    public TestProgram With(IReadOnlyList<Step> steps) => this with { Steps = steps };

    public override string ToString() =>
        $"family {Family}, seed {Seed}, connections speak RESP{string.Join("/", Protocols)}, {Steps.Count} steps:\n{string.Join("\n", Steps)}";
}
