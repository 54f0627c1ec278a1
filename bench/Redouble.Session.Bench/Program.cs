using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.Sessions;
using Redouble.Server.Rehearsal;

// Millions of SET and GET per second of one session without sockets: the ceiling behind io-threads. Requests are copied into the session's input,
// parsed, executed and answered as in the server, in batches of 16; replies are thrown away. 1M random keys of 16 bytes, values of 64 bytes.
// Usage: dotnet run -c Release --project bench/Redouble.Session.Bench     pin it to one core, and keep the other one quiet

const int keys = 1_000_000;
const int batchSize = 16;
const int batches = 16_384;
const int rounds = 7;

var random = new Random(1);
using var node = new RehearsalNode(new MemoryFiles(), NativeHeap.SpanBytesDefault);
var session = node.Connect();
var value = new string('v', 64);
var fill = Batches((key, text) => Append(text, "SET", key, value), () => 0, inOrder: true);
var sets = Batches((key, text) => Append(text, "SET", key, value), () => random.Next(keys), inOrder: false);
var gets = Batches((key, text) => Append(text, "GET", key), () => random.Next(keys), inOrder: false);
Run(fill);
for (var i = 0; i < 20; i++) (Run(sets), Run(gets)).ToString();
Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, {node.Node.Keyspace.TotalCount():N0} keys");
Report("set", sets);
Report("get", gets);

void Report(string name, byte[][] requests)
{
    var rates = Enumerable.Range(0, rounds).Select(_ => Run(requests)).Order().ToArray();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name} {rates[rounds / 2]:F2} million per second ({rates[0]:F2} to {rates[^1]:F2}, {rounds} rounds of {requests.Length * batchSize:N0})"));
}

double Run(byte[][] requests)
{
    var started = Stopwatch.GetTimestamp();
    foreach (var batch in requests) Serve(session, batch);
    return requests.Length * batchSize / Stopwatch.GetElapsedTime(started).TotalMicroseconds;
}

void Serve(Session session, byte[] batch)
{
    node.Receive(session, batch);
    session.Output.Advance(session.Output.PendingBytes);
}

byte[][] Batches(Action<int, StringBuilder> append, Func<int> choose, bool inOrder)
{
    var made = new byte[inOrder ? keys / batchSize : batches][];
    for (var i = 0; i < made.Length; i++)
    {
        var text = new StringBuilder();
        for (var j = 0; j < batchSize; j++) append(inOrder ? (i * batchSize) + j : choose(), text);
        made[i] = Encoding.ASCII.GetBytes(text.ToString());
    }

    return made;
}

static void Append(StringBuilder text, string command, int key, string? value = null)
{
    text.Append(value == null ? "*2" : "*3").Append("\r\n$3\r\n").Append(command);
    text.Append("\r\n$16\r\nkey:").Append(key.ToString("D12", CultureInfo.InvariantCulture)).Append("\r\n");
    if (value != null) text.Append('$').Append(value.Length).Append("\r\n").Append(value).Append("\r\n");
}
