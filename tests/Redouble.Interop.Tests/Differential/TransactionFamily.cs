namespace Redouble.Interop.Tests.Differential;

/// <summary>MULTI, EXEC, DISCARD, WATCH and UNWATCH on three connections that write to each other's keys.</summary>
internal static class TransactionFamily
{
    public static Family Make() => new(
        "transactions",
        (9, d => ["MULTI"]),
        (9, d => ["EXEC"]),
        (2, d => ["DISCARD"]),
        (5, d => ["WATCH", .. d.KeyList(1, 3)]),
        (2, d => ["UNWATCH"]),
        (10, d => ["SET", d.Key(), d.Value()]),
        (2, d => ["SET", d.Key(), d.Value(), d.Pick("EX", "PX"), "100000"]),
        (2, d => ["SET", d.Key(), d.Value(), "PXAT", d.Pick("1", "@nowms+100000")]),
        (6, d => ["GET", d.Key()]),
        (4, d => ["INCR", d.Key()]),
        (3, d => ["APPEND", d.Key(), d.Value()]),
        (3, d => ["DEL", .. d.KeyList(1, 2)]),
        (2, d => ["MGET", .. d.KeyList(1, 3)]),
        (2, d => ["EXPIRE", d.Key(), d.Pick("100", "-1", "abc")]),
        (2, d => ["SELECT", d.Db()]),
        (1, d => ["SWAPDB", "0", d.Pick("0", "1", "2")]),
        (1, d => [d.Pick("FLUSHDB", "FLUSHALL")]),
        (1, d => ["MOVE", d.Key(), d.Db()]),
        (1, d => ["COPY", d.Key(), d.Key(), "REPLACE"]),
        (1, d => ["RENAME", d.Key(), d.Key()]),
        (1, d => ["KEYS", "*"]),
        (1, d => ["@randomkey"]),
        (1, d => ["RESET"]),
        (1, d => ["QUIT"]),
        (2, d => [d.Pick("nosuch", "GET", "SET", "MULTI", "CLIENT", "WATCH", "EXEC")]),
        (2, d => [d.Pick("nosuch", "GET", "EXEC", "MULTI", "PING"), "x", "y"]),
        (1, d => ["HELLO", d.Pick("2", "3", "4")]),
        (1, d => ["CLIENT", "SETNAME", d.Pick("n1", "bad name")]),
        (1, d => ["PING"]),
        (1, d => ["OBJECT", "ENCODING", d.Key()]),
        (1, d => ["TIME"]),
        (1, d => ["WAIT", "0", "0"]))
    {
        StepsPerProgram = 90,
    };
}
