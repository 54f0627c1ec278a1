using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>The real Redis and the server under test, started alike and kept for all programs of one test class.</summary>
public sealed class ServerPair : IDisposable
{
    private static readonly string[] Directives =
    [
        "--loglevel", "notice", "--repl-ping-replica-period", "3600", "--repl-backlog-size", "16mb", "--maxclients", "500", "--lazyfree-lazy-user-del", "no",
        "--slowlog-log-slower-than", "10000000", // what a busy machine takes for a command is no difference
    ];

    private ServerProcess? _oracle;
    private ServerProcess? _subject;
    private ServerProcess? _oracleCopy;
    private ServerProcess? _subjectCopy;

    internal ServerProcess Oracle => _oracle is { HasExited: false } ? _oracle : _oracle = Restart(_oracle, ServerKind.Redis, "oracle");

    internal ServerProcess Subject => _subject is { HasExited: false } ? _subject : _subject = Restart(_subject, SubjectKind, "subject");

    /// <summary>A server of the subject's kind that copies the oracle, and one of the oracle's kind that copies the subject.</summary>
    internal ServerProcess OracleCopy => _oracleCopy ??= Restart(null, SubjectKind, "copy of the oracle");

    internal ServerProcess SubjectCopy => _subjectCopy ??= Restart(null, ServerKind.Redis, "copy of the subject");

    /// <summary>What the subject is; the tests of the harness put the oracle's own kind here.</summary>
    internal ServerKind SubjectKind { get; init; } = Peers.Subject;

    /// <summary>True when the oracle's answers have to be turned from 7.0 into 7.2 before they are compared.</summary>
    internal bool Translates => SubjectKind == ServerKind.Redouble && Peers.RedisVersion!.StartsWith("7.0", StringComparison.Ordinal);

    /// <summary>False for a CONFIG SET of a directive that the oracle is too old for.</summary>
    internal bool Knows(string[] request) => !Peers.RedisVersion!.StartsWith("7.0", StringComparison.Ordinal) || request is not ["CONFIG", "SET", var name, ..]
        || !VersionChanges.IsNewDirective(name);

    /// <summary>The end of the log of a server that was found dead.</summary>
    internal string LastCrash { get; private set; } = "";

    public void Dispose()
    {
        _oracle?.Dispose();
        _subject?.Dispose();
        _oracleCopy?.Dispose();
        _subjectCopy?.Dispose();
    }

    private ServerProcess Restart(ServerProcess? old, ServerKind kind, string name)
    {
        if (old is not null)
        {
            LastCrash = $"{name} had ended on its own:\n{old.LogTail(40)}";
            old.Dispose();
            if (kind == ServerKind.Redis)
            {
                throw new InvalidOperationException(LastCrash);
            }
        }

        ServerProcess server = ServerProcess.Create(kind, name, Directives).Start();
        server.Once("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        return server;
    }
}
