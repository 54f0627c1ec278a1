using System.Globalization;

namespace Redouble.Health;

/// <summary>What `redouble health` was asked to do.</summary>
internal sealed record HealthOptions
{
    public const string Usage = """
        usage: redouble health [option ...] HOST:PORT ...

        Reads INFO of a primary and its replicas (Redouble, Redis or Valkey), prints role, link, lag, offsets, sync state and backlog, and judges them.
        Ends with status 0 when all is well, 1 for a warning, 2 when something is critical, 3 when the command line is wrong.
        A node that does not answer, or not as it should, is critical. Replicas that a primary reports and nobody named are shown as it sees them.

          --expect N            critical with fewer than N replicas whose links are up (0)
          --lag-warning S       warning when a replica's data is older than S seconds (10)
          --lag-critical S      critical (60)
          --sync-warning S      warning when a full sync takes longer than S seconds (300)
          --sync-critical S     critical (never)
          --down-warning S      warning when a link is down for longer than S seconds (never)
          --down-critical S     critical (at once)
                                S may be a fraction, or "never"
          --discover            ask the nodes too that the named ones report
          --timeout S           how long a node may take to answer (2)
          --wait S              how long a replica that is behind is watched to measure its lag (1)
          --user NAME           log in as NAME; else $REDOUBLE_USER, else the default user
          --password PASSWORD   else $REDOUBLE_PASSWORD, else $REDISCLI_AUTH; a command line can be seen by other users of the machine
          --json                print one JSON object instead of a table
          --watch               go on until stopped; the status is that of the last round
          --interval S          seconds between two rounds (2)
        """;

    private const double Day = 86_400;

    public IReadOnlyList<NodeAddress> Nodes { get; init; } = [];

    public Thresholds Thresholds { get; init; } = Thresholds.Default;

    public bool Discover { get; init; }

    public bool Json { get; init; }

    public bool Watch { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the first attempt to connect to the answer to INFO.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a replica that is behind is watched.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>Reads the arguments after "health". False with the error in one line.</summary>
    public static bool TryParse(ReadOnlySpan<string> args, Func<string, string?> environment, out HealthOptions options, out string error)
    {
        options = new HealthOptions
        {
            User = environment("REDOUBLE_USER"),
            Password = environment("REDOUBLE_PASSWORD") ?? environment("REDISCLI_AUTH"),
        };
        error = "";
        List<NodeAddress> nodes = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                if (!NodeAddress.TryParse(args[i], out NodeAddress node))
                {
                    error = $"'{args[i]}' is not HOST:PORT";
                    return false;
                }

                nodes.Add(node);
            }
            else if (options.Switch(args[i]) is { } switched)
            {
                options = switched;
            }
            else
            {
                string name = args[i++];
                if (options.With(name, i < args.Length ? args[i] : "", ref error) is not { } changed)
                {
                    return false;
                }

                options = changed;
            }
        }

        options = options with { Nodes = nodes };
        error = nodes.Count == 0 ? "no node is named" : options is { User: not null, Password: null } ? "a user needs a password" : "";
        return error.Length == 0;
    }

    private HealthOptions? Switch(string name) => name switch
    {
        "--discover" => this with { Discover = true },
        "--json" => this with { Json = true },
        "--watch" => this with { Watch = true },
        _ => null,
    };

    private HealthOptions? With(string name, string value, ref string error)
    {
        switch (name)
        {
            case "--user" or "--password" when value.Length > 0:
                return name == "--user" ? this with { User = value } : this with { Password = value };
            case "--user" or "--password":
                error = $"{name} needs a value";
                return null;
            case "--expect" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int expected):
                return this with { Thresholds = Thresholds with { Expect = expected } };
            case "--expect":
                error = "--expect needs a whole number";
                return null;
            case "--timeout" or "--wait" or "--interval":
                if (Seconds(value) is not (> 0 and <= Day and double time))
                {
                    error = $"{name} needs a number of seconds above 0";
                    return null;
                }

                TimeSpan span = TimeSpan.FromSeconds(time);
                return name == "--timeout" ? this with { Timeout = span } : name == "--wait" ? this with { Patience = span } : this with { Interval = span };
            default:
                return WithLimit(name, value, ref error);
        }
    }

    private HealthOptions? WithLimit(string name, string value, ref string error)
    {
        bool warning = name.EndsWith("-warning", StringComparison.Ordinal);
        string what = warning || name.EndsWith("-critical", StringComparison.Ordinal) ? name[..name.LastIndexOf('-')] : "";
        if (what is not ("--lag" or "--sync" or "--down"))
        {
            error = $"unknown option '{name}'";
            return null;
        }

        double? seconds = Seconds(value);
        if (seconds == null && value != "never")
        {
            error = $"{name} needs a number of seconds, or never";
            return null;
        }

        Limits Changed(Limits limits) => warning ? limits with { Warning = seconds } : limits with { Critical = seconds };
        return this with
        {
            Thresholds = what switch
            {
                "--lag" => Thresholds with { Lag = Changed(Thresholds.Lag) },
                "--sync" => Thresholds with { Sync = Changed(Thresholds.Sync) },
                _ => Thresholds with { Down = Changed(Thresholds.Down) },
            },
        };
    }

    private static double? Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
}
