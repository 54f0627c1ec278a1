namespace Redouble.Replication.Tests.Channels;

/// <summary>Who sends a line of the transcript, and on which of the two connections.</summary>
internal enum Voice
{
    /// <summary>The replica, on the connection that it opened first.</summary>
    ReplicaOnMain,

    /// <summary>The primary's answer there.</summary>
    PrimaryOnMain,

    /// <summary>The replica, on the connection for the payload.</summary>
    ReplicaOnChannel,

    /// <summary>The primary there.</summary>
    PrimaryOnChannel,
}

/// <summary>
/// A full sync over two channels as Valkey 8 speaks it, byte for byte. Written down from the protocol's description: a replica that says
/// <c>capa dual-channel</c> is told +DUALCHANNELSYNC, asks for the payload on a second connection, learns there where the snapshot stands and
/// which number that connection has, and asks for the stream from that place on the first one, while the payload is still on its way.
/// </summary>
internal static class ValkeyTranscript
{
    public const string Id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string Mark = "0123456789abcdef0123456789abcdef01234567";
    public const long Offset = 1000;
    public const long ChannelClient = 42;

    /// <summary>From the reply to PSYNC to the first ACK. The payload is <c>DATA</c>; meanwhile <c>SET a 1</c> was written.</summary>
    public static readonly (Voice Who, string Bytes)[] FromPsync =
    [
        (Voice.PrimaryOnMain, "+DUALCHANNELSYNC\r\n"),
        (Voice.ReplicaOnChannel,
            "*9\r\n$8\r\nREPLCONF\r\n$4\r\ncapa\r\n$3\r\neof\r\n$8\r\nrdb-only\r\n$1\r\n1\r\n" +
            "$11\r\nrdb-channel\r\n$1\r\n1\r\n$14\r\nlistening-port\r\n$4\r\n7000\r\n"),
        (Voice.PrimaryOnChannel, "+OK\r\n"),
        (Voice.ReplicaOnChannel, "SYNC\r\n"),
        (Voice.PrimaryOnChannel, $"$ENDOFF:1000 {Id} 0 42\r\n"),
        (Voice.ReplicaOnMain, "*3\r\n$8\r\nREPLCONF\r\n$17\r\nset-rdb-client-id\r\n$2\r\n42\r\n"),
        (Voice.PrimaryOnMain, "+OK\r\n"),
        (Voice.ReplicaOnMain, $"*3\r\n$5\r\nPSYNC\r\n$40\r\n{Id}\r\n$4\r\n1001\r\n"),
        (Voice.PrimaryOnMain, $"+CONTINUE {Id}\r\n"),
        (Voice.PrimaryOnChannel, $"$EOF:{Mark}\r\nDA"),
        (Voice.PrimaryOnMain, "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"),
        (Voice.PrimaryOnChannel, $"TA{Mark}"),
        (Voice.ReplicaOnMain, "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$4\r\n1000\r\n"),
    ];
}
