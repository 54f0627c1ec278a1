namespace Redouble.Replication.Replica;

/// <summary>What became of a command of the stream.</summary>
public enum ApplyStatus : byte
{
    /// <summary>Executed; if it failed, the host has dealt with that (<c>propagation-error-behavior</c>).</summary>
    Applied,

    /// <summary>No such command, or database, here: the data sets would part. The link goes down and says so.</summary>
    Unknown,
}

/// <summary>Executes the primary's stream on the data set. Commands come in stream order, each exactly once.</summary>
public interface IStreamApplier
{
    /// <summary>Whether there is a database of that number here.</summary>
    bool HasDatabase(int database);

    /// <summary>A stream begins or goes on; <paramref name="database"/>, which is here, is the one it is in.</summary>
    void BeginStream(int database);

    /// <summary>The next commands, before the first of them is applied: the moment to hash and prefetch their keys.</summary>
    void Prepare(in CommandBatch batch);

    /// <summary>Whether the command (of a SELECT, the database) exists here. Asked of every command of a transaction before the first is applied.</summary>
    bool Knows(in CommandFrame command);

    /// <summary>A transaction begins: what follows, up to <see cref="EndTransaction"/>, is one execution unit.</summary>
    void BeginTransaction();

    /// <summary>Executes one command (SELECT and PING too).</summary>
    ApplyStatus Apply(in CommandFrame command);

    /// <summary>
    /// Whether the stream has had its share of this turn: others come first now, and it goes on in the next one. Asked between any two units, so it must cost
    /// next to nothing.
    /// </summary>
    bool IsSliceOver { get; }

    /// <summary>The transaction is over.</summary>
    void EndTransaction();
}
