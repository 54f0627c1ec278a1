using System.Text;
using Redouble.Persistence.Rdb;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Checks;

/// <summary>
/// `redouble check-rdb`: reads an RDB from its first byte to its last, as a server would that loads it, and says what it met, as redis-check-rdb does.
/// </summary>
internal static class RdbCheck
{
    public const string Usage = "Usage: redouble check-rdb <rdb-file-name>";

    /// <summary>Runs the command; the exit status.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter errors)
    {
        if (args.Length != 1)
        {
            errors.WriteLine(Usage);
            return 1;
        }

        output.WriteLine($"[offset 0] Checking RDB file {args[0]}");
        try
        {
            using var file = CheckedFile.Open(args[0], forWriting: false);
            return Check(file, output) ? 0 : 1;
        }
        catch (IOException failure)
        {
            errors.WriteLine($"Cannot open file {args[0]}: {failure.Message}");
            return 1;
        }
    }

    /// <summary>Checks the RDB that the file begins with; its position is then behind it.</summary>
    public static bool Check(CheckedFile file, TextWriter output)
    {
        var state = new RdbCheckState(output);
        var begin = file.Position;
        var reader = new RdbReader<Target>(new Target(state), new RdbReaderOptions());
        state.ItemPosition = () => reader.ItemPosition;
        var status = RdbReadStatus.NeedMore;
        while (status == RdbReadStatus.NeedMore)
        {
            var window = file.Window();
            if (window.IsEmpty)
            {
                status = reader.Finish();
                break;
            }

            // Byte by byte up to the first key: what is said of the fields there is said with the place where each ends.
            if (!state.HasKeys) window = window[..1];
            state.FedUntil = reader.Position + 1;
            status = reader.Feed(window, out var consumed);
            file.Take(consumed);
        }

        if (status == RdbReadStatus.Done)
        {
            var sum = state.HasChecksum ? "Checksum OK" : "RDB file was saved with checksum disabled: no check performed.";
            if (reader.Version >= 5) output.WriteLine($"[offset {reader.Position}] {sum}");
            output.WriteLine($"[offset {reader.Position}] \\o/ RDB looks OK! \\o/");
        }
        else
        {
            file.Seek(begin + reader.OpcodePosition);
            WriteError(reader, state.HasHeader ? RdbTrace.Of(file, reader.Flavor) : null, begin, output);
            if (reader.TryGetKey(out _)) state.Keys++;
        }

        output.WriteLine($"[info] {state.Keys} keys read");
        output.WriteLine($"[info] {state.Expires} expires");
        output.WriteLine($"[info] {state.Expired} already expired");
        return status == RdbReadStatus.Done;
    }

    // Where it is cut, everything is as redis-check-rdb has it: the place is where the read begins that found too little.
    private static void WriteError(RdbReader<Target> reader, RdbTrace? trace, long begin, TextWriter output)
    {
        var error = reader.Error!;
        var (offset, text) = error.Kind switch
        {
            RdbErrorKind.ShortRead when trace is { Doing: "read-functions" } =>
                (trace.Position - begin, "Failed loading library, Failed loading library payload"),
            RdbErrorKind.ShortRead => (trace?.Position - begin ?? 0, error.Text),
            RdbErrorKind.WrongChecksum => (error.Offset + 8, "RDB CRC error"),
            _ => (trace == null ? 9 : error.Offset, error.Text),
        };
        output.WriteLine("--- RDB ERROR DETECTED ---");
        output.WriteLine($"[offset {offset}] {text}");
        output.WriteLine($"[additional info] While doing: {trace?.Doing ?? "start"}");
        if (reader.TryGetKey(out var key)) output.WriteLine($"[additional info] Reading key '{Encoding.UTF8.GetString(key)}'");
        if (trace?.Type is { } type) output.WriteLine($"[additional info] Reading type {(int)type} ({RdbTrace.NameOf(type)})");
    }

    private sealed class RdbCheckState(TextWriter output)
    {
        private readonly long _nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        public Func<long> ItemPosition { get; set; } = () => 0;

        /// <summary>Bytes that have been fed, while they are fed one by one.</summary>
        public long FedUntil { get; set; }

        public bool HasHeader { get; set; }

        public bool HasKeys { get; private set; }

        public bool HasChecksum { get; set; }

        public long Keys { get; set; }

        public long Expires { get; private set; }

        public long Expired { get; private set; }

        private long _beganExpiryMs;

        public void Say(string text, long offset) => output.WriteLine($"[offset {offset}] {text}");

        public bool AddKey(in RdbKey key) => AddKey(key.ExpiryMs);

        /// <summary>A key whose value comes in parts: it counts when that is complete.</summary>
        public bool BeginKey(in RdbKey key)
        {
            HasKeys = true;
            _beganExpiryMs = key.ExpiryMs;
            return true;
        }

        public bool EndKey() => AddKey(_beganExpiryMs);

        private bool AddKey(long expiryMs)
        {
            HasKeys = true;
            Keys++;
            if (expiryMs == -1) return true;
            Expires++;
            if (expiryMs < _nowMs) Expired++;
            return true;
        }
    }

    private readonly struct Target(RdbCheckState state) : IRdbTarget
    {
        public bool OnHeader(RdbFlavor flavor, int version) => state.HasHeader = true;

        public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            state.Say($"AUX FIELD {Encoding.UTF8.GetString(name)} = '{Encoding.UTF8.GetString(value)}'", state.FedUntil);
            return true;
        }

        public bool OnSelectDb(int db)
        {
            // A database's number takes 1, 2 or 5 bytes.
            var length = db < 64 ? 1 : db < 16384 ? 2 : 5;
            state.Say($"Selecting DB ID {db}", state.HasKeys ? state.ItemPosition() + length : state.FedUntil);
            return true;
        }

        public bool OnResizeDb(ulong keys, ulong expires) => true;

        public bool OnFunction(ReadOnlySpan<byte> library) => true;

        public bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => state.AddKey(key);

        public bool OnString(in RdbKey key, ReadOnlySpan<byte> value) => state.AddKey(key);

        public bool BeginString(in RdbKey key, long length) => state.BeginKey(key);

        public bool AppendString(ReadOnlySpan<byte> piece) => true;

        public bool EndString() => state.EndKey();

        public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest) => state.AddKey(key);

        public bool BeginCollection(in RdbKey key, ValueType type, ulong count) => state.BeginKey(key);

        public bool OnElement(ReadOnlySpan<byte> element) => true;

        public bool OnListNode(ReadOnlySpan<byte> listpack) => true;

        public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) => true;

        public bool OnScore(ReadOnlySpan<byte> member, double score) => true;

        public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack) => true;

        public bool OnStreamState(in RdbStreamState stream) => true;

        public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead) => true;

        public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries) => true;

        public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) => true;

        public bool OnConsumerPending(RdbStreamId id) => true;

        public bool EndCollection() => state.EndKey();

        public bool OnEmptyKey(in RdbKey key) => state.AddKey(key);

        public bool OnEnd(ulong checksum)
        {
            state.HasChecksum = checksum != 0;
            return true;
        }
    }
}
