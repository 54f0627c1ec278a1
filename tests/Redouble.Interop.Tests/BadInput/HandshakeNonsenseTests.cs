using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.BadInput;

/// <summary>Primaries that send nonsense at each step of the handshake.</summary>
[Collection(Lanes.Links)]
public sealed class HandshakeNonsenseTests
{
    private static readonly Dictionary<string, string> Nonsense = new()
    {
        ["an error"] = "-ERR no way\r\n",
        ["binary"] = "\0\u0001\u00ff\u00fe\r\n",
        ["an array"] = "*1\r\n$4\r\nPING\r\n",
        ["a line without end"] = new string('x', 100_000),
    };

    public static TheoryData<string, string> NonsenseTable()
    {
        var data = new TheoryData<string, string>();
        foreach (string step in BadPrimary.Steps)
        {
            foreach (string what in Nonsense.Keys)
            {
                // Unknown options are answered with errors by old primaries, and Redis takes an error for just that.
                if (!(step.StartsWith("REPLCONF", StringComparison.Ordinal) && what == "an error"))
                {
                    data.Add(step, what);
                }
            }
        }

        return data;
    }

    [RedoubleTheory]
    [MemberData(nameof(NonsenseTable))]
    public void SendsNonsense(string step, string what)
    {
        if (BadPrimary.TooMuchForRedis(what))
        {
            return;
        }

        BadPrimary.Survives(link =>
        {
            BadPrimary.UntilStep(link, step);
            link.Send(Nonsense[what]);
            link.Drain();
        });
    }
}
