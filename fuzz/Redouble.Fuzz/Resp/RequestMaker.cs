using System.Text;

namespace Redouble.Fuzz.Resp;

/// <summary>Makes the bytes of a client: requests that mean something, often damaged.</summary>
internal static class RequestMaker
{
    /// <summary>Commands by shape: k key, v value, n number, t time, o option word, p payload of RESTORE; a word stands for itself.</summary>
    private static readonly string[] Shapes =
    [
        "SET k v", "SET k v EX t", "SET k v PXAT t NX GET", "SET k v KEEPTTL", "SET k v o o", "GET k", "GETSET k v", "GETDEL k",
        "GETEX k PX t", "GETEX k PERSIST",
        "APPEND k v", "APPEND k v", "SETRANGE k n v", "GETRANGE k n n", "STRLEN k", "SUBSTR k n n", "INCR k", "DECRBY k n", "INCRBY k n",
        "INCRBYFLOAT k n", "MSET k v k v",
        "MSETNX k v k v", "MGET k k k", "SETNX k v", "SETEX k t v", "PSETEX k t v", "LCS k k", "LCS k k IDX WITHMATCHLEN MINMATCHLEN n",
        "LCS k k LEN", "DEL k k", "UNLINK k",
        "EXISTS k k", "TYPE k", "TOUCH k", "TTL k", "PTTL k", "EXPIRE k t", "PEXPIREAT k t o", "EXPIRETIME k", "PERSIST k", "RENAME k k",
        "RENAMENX k k", "COPY k k", "COPY k k DB n REPLACE",
        "MOVE k n", "SELECT n", "SWAPDB n n", "FLUSHDB", "FLUSHALL ASYNC", "DBSIZE", "RANDOMKEY", "KEYS v", "SCAN n",
        "SCAN n MATCH v COUNT n TYPE v", "DUMP k", "RESTORE k t p", "RESTORE k t p REPLACE o",
        "OBJECT ENCODING k", "OBJECT REFCOUNT k", "OBJECT HELP", "MULTI", "EXEC", "DISCARD", "WATCH k k", "UNWATCH", "PING", "PING v",
        "ECHO v", "HELLO n", "HELLO 3 SETNAME v", "AUTH v", "RESET", "QUIT",
        "CLIENT ID", "CLIENT SETNAME v", "CLIENT GETNAME", "CLIENT REPLY o", "CLIENT NO-EVICT o", "CLIENT PAUSE n", "CLIENT UNPAUSE",
        "CLIENT KILL ID n", "CLIENT UNBLOCK n",
        "COMMAND COUNT", "COMMAND INFO v get", "COMMAND GETKEYS v k v", "COMMAND DOCS set", "COMMAND LIST FILTERBY PATTERN v",
        "CONFIG GET v", "CONFIG GET maxmemory*", "CONFIG SET maxmemory-policy o",
        "WAIT n n", "ROLE", "REPLICAOF NO ONE", "REPLCONF listening-port n", "PSYNC ? n", "SAVE", "LASTSAVE", "TIME", "LOLWUT VERSION n n",
        "DEBUG OBJECT k", "v v v", "v",
    ];

    private static readonly string[] Options =
    [
        "NX", "XX", "GT", "LT", "GET", "KEEPTTL", "REPLACE", "ABSTTL", "FREQ", "IDLETIME", "ON", "OFF", "SKIP", "allkeys-lru", "allkeys-lfu", "noeviction",
    ];

    private static readonly string[] Payloads =
    [
        "00c0fb0a0049c4c6f4d7263f68", "000568656c6c6f0a006372df766534200a", "00c30932016161e025000161610a0009ac48b9ab15fbc9",
        "0b0e0200000003000000010002002c010a00e510b28e7b9529aa",
    ];

    public static byte[] Make(Random random)
    {
        var bytes = new MemoryStream();
        for (var i = random.Next(1, 14); i > 0; i--)
        {
            var words = Words(Shapes[random.Next(Shapes.Length)].Split(' '), random);
            // Whether a line is too long is seen by what has arrived of it: there the cut matters, in Redis too.
            if (random.Next(12) == 0 && words.Sum(word => word.Length) < 1000) Inline(bytes, words);
            else Array(bytes, words);
        }

        var whole = bytes.ToArray();
        return random.Next(5) < 2 ? whole : Mutation.Of(whole, random, random.Next(1, 5));
    }

    private static byte[][] Words(string[] shape, Random random)
    {
        var words = new byte[shape.Length][];
        for (var i = 0; i < shape.Length; i++)
        {
            words[i] = shape[i] switch
            {
                "k" => Encoding.ASCII.GetBytes($"k{random.Next(4)}"),
                "v" => Value(random),
                "n" => Encoding.ASCII.GetBytes(random.Next(3) == 0 ? Mutation.Number(random) : $"{random.Next(-3, 20)}"),
                "t" => Encoding.ASCII.GetBytes(random.Next(3) == 0 ? Mutation.Number(random) : $"{random.Next(0, 5000)}"),
                "o" => Encoding.ASCII.GetBytes(Options[random.Next(Options.Length)]),
                "p" => Convert.FromHexString(Payloads[random.Next(Payloads.Length)]),
                _ => Encoding.ASCII.GetBytes(random.Next(4) == 0 ? shape[i].ToLowerInvariant() : shape[i]),
            };
        }

        return words;
    }

    private static byte[] Value(Random random)
    {
        if (random.Next(3) == 0) return Encoding.ASCII.GetBytes(Mutation.Number(random));
        var length = random.Next(40) switch
        {
            0 => 16 * 1024 + random.Next(3000),
            < 4 => random.Next(600),
            _ => random.Next(30),
        };
        var value = new byte[length];
        if (random.Next(3) == 0) random.NextBytes(value);
        else value.AsSpan().Fill((byte)random.Next('*', 'z'));
        return value;
    }

    private static void Array(MemoryStream bytes, byte[][] words)
    {
        bytes.Write(Encoding.ASCII.GetBytes($"*{words.Length}\r\n"));
        foreach (var word in words)
        {
            bytes.Write(Encoding.ASCII.GetBytes($"${word.Length}\r\n"));
            bytes.Write(word);
            bytes.Write("\r\n"u8);
        }
    }

    private static void Inline(MemoryStream bytes, byte[][] words)
    {
        foreach (var word in words)
        {
            bytes.WriteByte((byte)'"');
            foreach (var letter in word)
            {
                if (letter is (byte)'"' or (byte)'\\' or (byte)'\r' or (byte)'\n') bytes.Write(Encoding.ASCII.GetBytes($"\\x{letter:x2}"));
                else bytes.WriteByte(letter);
            }

            bytes.Write("\" "u8);
        }

        bytes.Write("\r\n"u8);
    }
}
