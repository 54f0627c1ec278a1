using System.Globalization;
using Redouble.Engine.Persistence;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;

namespace Redouble.Engine.Tests.Crashes;

/// <summary>
/// A node that writes one transaction after the other, each with the next number, while its files are rewritten, saved, switched off and on; until it is
/// gone, or to the end. Says afterwards which numbers a start may lack.
/// </summary>
internal sealed class CrashRun
{
    /// <summary>The directive of a run in which the files move to <see cref="Elsewhere"/>, and back.</summary>
    public const string Moves = "enable-protected-configs yes";

    /// <summary>Where to.</summary>
    public const string Elsewhere = "/elsewhere";

    private const string Home = "/data";
    private const int Steps = 60;
    private const int StepsOfRestart = 3;
    private const int StepMilliseconds = 100;
    private const int MayLoseMs = 2000;

    private readonly EngineNode _engine;
    private readonly List<(int Number, long Ms)> _acknowledged = [];
    private readonly string _policy;
    private readonly bool _moves;
    private long _refusedMs = long.MaxValue; // what the disk did not take is told to clients by refusing the next
    private int _atSave;
    private int _keptBefore; // acknowledged before the append-only file was switched off

    private CrashRun(string policy, CrashDisk disk, string[] directives)
    {
        (_policy, Disk, _moves) = (policy, disk, directives.Contains(Moves));
        _engine = new EngineNode(disk, Directives(policy, directives));
    }

    public CrashDisk Disk { get; }

    /// <summary>Why it did not start, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The last number that was sent.</summary>
    public int Sent { get; private set; }

    /// <summary>The last number that must be there after SIGKILL. Without always it may wait for an fsync that is under way, or a file being opened.</summary>
    public int SurvivesKill => _policy switch
    {
        "rdb" => _atSave,
        "always" => Math.Max(_keptBefore, Last(long.MaxValue)),
        _ => Math.Max(_keptBefore, Last(Math.Min(NowMs, _refusedMs) - MayLoseMs)),
    };

    /// <summary>The last number that must be there after a power loss.</summary>
    public int SurvivesPowerLoss => _policy switch
    {
        "no" => 0,
        _ => SurvivesKill,
    };

    /// <summary>Runs a node on the disk.</summary>
    public static CrashRun Play(string policy, CrashDisk disk, params string[] directives)
    {
        var run = new CrashRun(policy, disk, directives);
        run.RunToItsEnd(run.Play);
        return run;
    }

    /// <summary>Starts a node on the files of another one, and writes a little if it can.</summary>
    /// <param name="promised">The last number that must be there.</param>
    /// <param name="sent">The last number that may be there.</param>
    public static CrashRun Restart(string policy, CrashDisk disk, int promised, int sent, params string[] directives)
    {
        var run = new CrashRun(policy, disk, directives) { Sent = sent, _atSave = promised, _keptBefore = promised };
        run.RunToItsEnd(run.Restart);
        return run;
    }

    private void RunToItsEnd(Action run)
    {
        try
        {
            run();
        }
        catch (ProcessGoneException)
        {
            // what it leaves is on the disk
        }
        finally
        {
            _engine.Node.Heap.Dispose();
        }
    }

    /// <summary>
    /// Starts a node on what is left and returns the numbers it has, from 1 to this one; it must have each transaction whole. Of files that move there is an
    /// older set, too, which must make sense as well.
    /// </summary>
    public static int Recover(string policy, Dictionary<string, byte[]> files, params string[] directives)
    {
        var found = RecoverIn(Home, policy, files, directives);
        return directives.Contains(Moves) ? Math.Max(found, RecoverIn(Elsewhere, policy, files, directives)) : found;
    }

    private static int RecoverIn(string directory, string policy, Dictionary<string, byte[]> files, string[] directives)
    {
        using var node = new EngineNode(new CrashDisk(files), Directives(policy, directives));
        if (directory != Home) node.Do("CONFIG SET dir " + directory);
        node.Node.UpdateTime();
        node.Node.LoadAtStart();
        while (node.Node.IsLoading) node.Node.EndTurn();
        var count = Number(node.Do("LLEN log"));
        Assert.Equal(count == 0 ? "$-1|" : $"${Text(count).Length}|{count}|", node.Do("GET count"));
        var expected = string.Concat(Enumerable.Range(1, count).Select(static number => $"${Text(number).Length}|{number}|"));
        Assert.Equal($"*{count}|{expected}", node.Do("LRANGE log 0 -1"));
        return count;
    }

    private static string[] Directives(string policy, string[] directives) => policy == "rdb"
        ? ["save ", .. directives]
        : ["save ", "appendonly yes", $"appendfsync {policy}", "auto-aof-rewrite-percentage 0", .. directives];

    // False when it does not start on such a disk.
    private bool TryStart()
    {
        _engine.Node.UpdateTime();
        try
        {
            _engine.Node.LoadAtStart();
            while (_engine.Node.IsLoading) _engine.Node.EndTurn();
            return true;
        }
        catch (IOException failure)
        {
            Refusal = failure.Message;
            return false;
        }
    }

    private void Restart()
    {
        if (!TryStart()) return;
        Sent = Number(_engine.Do("LLEN log"));
        Assert.True(Sent >= _keptBefore, $"{Sent} of {_keptBefore} were loaded");
        var node = new AofNode(_engine);
        for (var step = 1; step <= StepsOfRestart && _engine.ExitStatus == null; step++)
        {
            Write(node);
            node.Turn(StepMilliseconds);
        }
    }

    private void Play()
    {
        if (!TryStart()) return;
        var node = new AofNode(_engine);
        for (var step = 1; step <= Steps && _engine.ExitStatus == null; step++)
        {
            Operate(step);
            if (_moves) Move(step);
            Write(node);
            node.Turn(StepMilliseconds);
        }

        if (_engine.ExitStatus != null) return;
        _engine.Do(_policy == "rdb" ? "SHUTDOWN SAVE" : "SHUTDOWN");
        node.Turn();
        if (_engine.ExitStatus != null) _atSave = Sent;
    }

    private void Operate(int step)
    {
        switch (step)
        {
            case 5 or 15 or 50:
                _engine.Do("BGREWRITEAOF");
                break;
            case 20 or 40:
                var number = Sent;
                if (_engine.Do("SAVE") == "+OK|") _atSave = number;
                break;
            case 25 when _policy != "rdb":
                _engine.Do("CONFIG SET appendonly no");
                var isWhole = !_engine.LogLines.Exists(static line => line.StartsWith("The append-only file is closed without", StringComparison.Ordinal));
                _keptBefore = isWhole ? Last(long.MaxValue) : SurvivesKill;
                _acknowledged.Clear();
                break;
            case 30 when _policy != "rdb":
                _engine.Do("CONFIG SET appendonly yes");
                break;
        }
    }

    private void Move(int step)
    {
        if (step is 10 or 46) _engine.Do("CONFIG SET dir " + Elsewhere);
        else if (step == 35) _engine.Do("CONFIG SET dir " + Home);
        _engine.Node.Timer();
    }

    private void Write(AofNode node)
    {
        var number = ++Sent;
        var reply = _engine.Send(Transaction(number));
        if (!reply.EndsWith($":{number}|:{number}|", StringComparison.Ordinal))
        {
            Sent--;
            _refusedMs = Math.Min(_refusedMs, NowMs);
            return;
        }

        if (_policy == "rdb") return;
        node.File.Commit();
        if (_engine.ExitStatus != null || node.File.HoldsOutput || node.File.State != AppendOnlyState.On) return;
        _acknowledged.Add((number, NowMs));
    }

    /// <summary>What is sent for a number.</summary>
    public static byte[] Transaction(int number) =>
    [
        .. EngineNode.Encode("MULTI"), .. EngineNode.Encode("RPUSH", "log", Text(number)), .. EngineNode.Encode("INCR", "count"),
        .. EngineNode.Encode("EXEC"),
    ];

    private long NowMs => _engine.Clock.UnixMicroseconds / 1000;

    private int Last(long untilMs) => _acknowledged.FindLast(entry => entry.Ms <= untilMs).Number;

    private static int Number(string reply) => int.Parse(reply.AsSpan(1, reply.Length - 2), CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
