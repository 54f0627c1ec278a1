using System.Text;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>Writes down what a primary link asks for, and applies commands by writing down their arguments.</summary>
internal sealed class FakeReplicaHost : IReplicaHost, IStreamApplier
{
    public List<string> Events { get; } = [];

    public List<string> Applied { get; } = [];

    public List<string> Lines { get; } = [];

    public StringBuilder Payload { get; } = new();

    public bool WantsPayload { get; set; } = true;

    public bool DataIntactOnAbort { get; set; } = true;

    /// <summary>Called when the payload is complete; by default the load takes until the test says.</summary>
    public Action<PrimaryLink>? OnEndPayload { get; set; }

    public Func<bool> AsksForPromotionNow { get; set; } = () => false;

    public Action<bool> WhenPromotionAnswered { get; set; } = _ => { };

    public Func<long> PromotionOffsetNow { get; set; } = () => -1;

    public long PromotionOffset => PromotionOffsetNow();

    public bool AsksForPromotion => AsksForPromotionNow();

    public void OnPromotionAnswered(bool accepted) => WhenPromotionAnswered(accepted);

    public HashSet<string> UnknownCommands { get; } = [];

    /// <summary>A SELECT of it fails.</summary>
    public string? UnknownDatabase { get; set; }

    public int Database { get; private set; } = -1;

    public bool InTransaction { get; private set; }

    public bool IsConnected { get; set; }

    public bool ChannelIsConnected { get; set; }

    public bool LoadsDirectly { get; set; }

    public int PayloadMax { get; set; } = int.MaxValue;

    public int Prepared { get; private set; }

    /// <summary>Units of the stream that a turn has time for.</summary>
    public int UnitsPerTurn { get; set; } = int.MaxValue;

    public int UnitsInTurn { get; set; }

    public bool IsSliceOver => UnitsInTurn >= UnitsPerTurn;

    public void Connect(PrimaryLink link, string host, int port)
    {
        IsConnected = true;
        Events.Add($"connect {host}:{port}");
    }

    public void Disconnect(PrimaryLink link)
    {
        IsConnected = false;
        Events.Add("disconnect");
    }

    public void ConnectChannel(SnapshotChannel channel, string host, int port)
    {
        ChannelIsConnected = true;
        Events.Add($"connect channel {host}:{port}");
    }

    public void DisconnectChannel(SnapshotChannel channel)
    {
        ChannelIsConnected = false;
        Events.Add("disconnect channel");
    }

    public void BeginFullSync(PrimaryLink link, in FullSyncStart start) => Events.Add($"begin {start.Id.ToString()[..4]} {start.Offset} {start.LengthBytes}");

    public void ReceivePayload(ReadOnlySpan<byte> bytes) => Payload.Append(Encoding.Latin1.GetString(bytes));

    public void EndPayload(PrimaryLink link)
    {
        Events.Add("end");
        OnEndPayload?.Invoke(link);
    }

    public bool AbortFullSync()
    {
        Events.Add("abort");
        return DataIntactOnAbort;
    }

    public void OnMark(ReadOnlySpan<byte> argument, long offset) => Events.Add($"mark {Encoding.Latin1.GetString(argument)} {offset}");

    public void Log(LogLevel level, string text) => Lines.Add(text);

    public bool HasDatabase(int database) => database is >= 0 and < 16;

    public void BeginStream(int database)
    {
        Database = database;
        Events.Add($"stream {database}");
    }

    public void Prepare(in CommandBatch batch) => Prepared += batch.Count;

    public bool Knows(in CommandFrame command) => !UnknownCommands.Contains(Encoding.Latin1.GetString(command[0]))
        && (command.Count != 2 || Encoding.Latin1.GetString(command[1]) != UnknownDatabase || !command[0].SequenceEqual("SELECT"u8));

    public void BeginTransaction()
    {
        Assert.False(InTransaction);
        InTransaction = true;
        Applied.Add("{");
    }

    public ApplyStatus Apply(in CommandFrame command)
    {
        if (!Knows(command)) return ApplyStatus.Unknown;
        if (!InTransaction) UnitsInTurn++;
        var words = new List<string>();
        for (var i = 0; i < command.Count; i++) words.Add(Encoding.Latin1.GetString(command[i]));
        Applied.Add(words.Count == 1 || words.Sum(word => word.Length) < 1000 ? string.Join(' ', words) : $"{words[0]} … {words[^1].Length}");
        return ApplyStatus.Applied;
    }

    public void EndTransaction()
    {
        InTransaction = false;
        UnitsInTurn++;
        Applied.Add("}");
    }
}
