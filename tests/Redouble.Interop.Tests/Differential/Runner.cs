using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Runs programs on a pair of servers and compares replies (and, when asked, the keyspace events of each request), then the data sets, then (when
/// asked) the replication streams.
/// </summary>
internal sealed class Runner(ServerPair pair, string[][] reset) : IDisposable
{
    private readonly Normalisation _normalisation = new(pair.Translates);
    private SyncClient? _oracleStream;
    private SyncClient? _subjectStream;
    private KeyspaceEventLog? _events;
    private int _runs;

    /// <summary>Compare what raw SYNC clients of both servers see, too.</summary>
    public bool WithStreams { get; init; }

    /// <summary>Compare the keyspace events of every request, too: all classes, on both channels.</summary>
    public bool WithEvents { get; init; }

    /// <summary>Go on after a difference in a reply and report them all.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>A further comparison after the program, before the data sets are read.</summary>
    public Func<Couple, Mismatch?>? AtEnd { get; init; }

    /// <summary>Changes a request on its way to the subject: how the tests of this harness plant a difference.</summary>
    public Func<string[], string[]>? Plant { get; init; }

    /// <summary>Sees every request and the oracle's reply; for EXEC also the queued requests.</summary>
    public Action<string[], Reply, IReadOnlyList<string[]>?>? Observer { get; init; }

    /// <summary>At the end, copy the data set of each server to one of the other kind by a full synchronisation, and compare again.</summary>
    public bool WithFullSync { get; init; }

    /// <summary>Runs the program from an empty data set; null when the servers agree throughout.</summary>
    public Mismatch? Run(TestProgram program)
    {
        int run = ++_runs;
        using var control = new Couple(pair);
        Prepare(control, run);
        var sent = new List<string[]>();
        Mismatch? mismatch = Play(program, sent);
        mismatch ??= AtEnd?.Invoke(control);
        control.Both("CONFIG", "SET", "maxmemory", "0"); // what follows needs memory
        if (mismatch is null)
        {
            mismatch = new KeyspaceState(_normalisation, pair.Translates) { WithOrderOfHashes = !Loads(program) }.Compare(control.Oracle, control.Subject);
        }

        if (WithFullSync)
        {
            mismatch ??= FullSync.Compare(pair, _normalisation);
        }

        if (WithStreams)
        {
            control.Both("SELECT", "9");
            control.Both("SET", "diff:end", run.ToString());
            mismatch ??= CompareStreams(run, sent);
        }

        return mismatch;
    }

    public void Dispose()
    {
        _oracleStream?.Dispose();
        _subjectStream?.Dispose();
        _events?.Dispose();
    }

    /// <summary>Whether values come back from a payload or a file, which packs those that were not packed before.</summary>
    private static bool Loads(TestProgram program) =>
        program.Steps.SelectMany(s => s.Requests).Any(r => r.Name is "@RELOAD" or "@REDUMP" or "@RESTOREBACK" or "RESTORE");

    private static bool IsMark(StreamCommand command, string mark, int run) =>
        command.Args.Length == 3 && command.Name == "SET" && command.Args[1] == mark && command.Args[2] == run.ToString();

    private void Prepare(Couple control, int run)
    {
        foreach (string[] request in reset)
        {
            if (pair.Knows(request))
            {
                control.Both(request);
            }
            else if (pair.Translates)
            {
                control.Subject.Must(request);
            }
        }

        control.Both("FLUSHALL");
        control.Both("CONFIG", "RESETSTAT");
        if (WithEvents)
        {
            _events ??= new KeyspaceEventLog(pair);
            _events.Restart();
        }

        if (WithStreams)
        {
            _oracleStream ??= SyncClient.Psync(pair.Oracle.Port);
            _subjectStream ??= SyncClient.Psync(pair.Subject.Port);
            control.Both("SELECT", "9");
            control.Both("SET", "diff:begin", run.ToString());
            control.Both("DEL", "diff:begin");
        }
    }

    private Mismatch? Play(TestProgram program, List<string[]> sent)
    {
        var clients = new Couple?[program.Protocols.Length];
        var queues = new List<string[]>[program.Protocols.Length];
        try
        {
            for (int i = 0; i < clients.Length; i++)
            {
                queues[i] = [];
                clients[i] = Open(program.Protocols[i]);
            }

            Mismatch? all = null;
            foreach (Request request in program.Steps.SelectMany(s => s.Requests))
            {
                string[] args = [.. request.Args.Select(a => Macros.Expand(a, DateTimeOffset.UtcNow))];
                sent.Add(args);
                if (Exchange(request, args, clients[request.Client]!, queues[request.Client]) is { } mismatch)
                {
                    all = all is null ? mismatch : all.And(mismatch);
                    if (!KeepGoing)
                    {
                        return all;
                    }
                }

                if (_events?.Compare(new Request(request.Client, args)) is { } difference)
                {
                    all = all is null ? difference : all.And(difference);
                    if (!KeepGoing)
                    {
                        return all;
                    }
                }

                if (request.Name == "QUIT" || clients[request.Client]!.Closed)
                {
                    clients[request.Client]!.Dispose();
                    clients[request.Client] = Open(program.Protocols[request.Client]);
                    queues[request.Client].Clear();
                }
            }

            return all;
        }
        finally
        {
            foreach (Couple? client in clients)
            {
                client?.Dispose();
            }
        }
    }

    private Couple Open(int protocol)
    {
        var couple = new Couple(pair);
        if (protocol == 3)
        {
            couple.Both("HELLO", "3");
        }

        return couple;
    }

    private Mismatch? Exchange(Request request, string[] args, Couple client, List<string[]> queue)
    {
        (Reply expected, Reply actual) = args[0].StartsWith('@')
            ? Macros.Run(args, client.Oracle, client.Subject, pair.Translates)
            : client.Exchange(args, Plant is null ? args : Plant(args));
        foreach (string[] more in pair.Translates ? VersionChanges.AlsoForOracle(args, expected) : [])
        {
            client.Oracle.Call(more);
        }

        Observer?.Invoke(args, expected, request.Name == "EXEC" ? queue : null);
        bool same = _normalisation.Same(args, expected, actual, request.Name == "EXEC" ? queue : null);
        if (request.Name is "EXEC" or "DISCARD" or "RESET")
        {
            queue.Clear();
        }
        else if (expected is { Type: '+', Text: "QUEUED" })
        {
            queue.Add(args);
        }

        return same ? null : new Mismatch(new Request(request.Client, args).ToString(), expected.ToString(), actual.ToString());
    }

    private Mismatch? CompareStreams(int run, List<string[]> sent)
    {
        string[][] expected = Slice(_oracleStream!, run);
        string[][] actual;
        try
        {
            actual = Slice(_subjectStream!, run);
        }
        catch (TimeoutException e)
        {
            return new Mismatch("replication stream", "the end mark", e.InnerException?.Message ?? e.Message);
        }

        return new Streams(pair.Translates).Compare(expected, actual, sent);
    }

    private static string[][] Slice(SyncClient stream, int run)
    {
        StreamCommand[] all = stream.WaitFor("the end mark", c => IsMark(c, "diff:end", run));
        stream.Clear();
        return [.. all.Reverse().TakeWhile(c => !IsMark(c, "diff:begin", run)).Reverse().Select(c => c.Args)];
    }
}
