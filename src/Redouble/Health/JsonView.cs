using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Redouble.Health;

/// <summary>One round as one JSON object. Absent is what a node did not tell; units are at the end of the names.</summary>
internal static class JsonView
{
    public static string Of(IReadOnlyList<NodeRow> rows, IReadOnlyList<Finding> findings, DateTimeOffset time, bool indented)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("time", time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
            json.WriteString("status", Name(TextView.Worst(findings)));
            json.WriteStartArray("findings");
            foreach (Finding finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("severity", finding.Severity == Severity.Ok ? "note" : Name(finding.Severity));
                WriteText(json, "node", finding.Node);
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("nodes");
            foreach (NodeRow row in rows)
            {
                Write(json, row, TextView.Worst(findings.Where(finding => finding.Node == row.Node)));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, NodeRow row, Severity severity)
    {
        json.WriteStartObject();
        json.WriteString("node", row.Node);
        json.WriteString("status", Name(severity));
        json.WriteBoolean("asked", row.Asked);
        WriteText(json, "failure", row.Failure ?? "");
        WriteText(json, "kind", row.Kind);
        WriteText(json, "role", row.Role);
        WriteText(json, "follows", row.Follows);
        WriteText(json, "root", row.Root ?? "");
        if (row.Role.Length > 0)
        {
            json.WriteNumber("offset", row.Offset);
        }

        if (row.Role == "primary")
        {
            json.WriteNumber("replicas", row.Replicas.All);
            json.WriteNumber("replicas_online", row.Replicas.Online);
        }
        else if (row.Role == "replica")
        {
            WriteLink(json, row);
        }

        WriteNumber(json, "file_loaded_pct", row.LoadedPercent);
        WriteText(json, "replid", row.ReplId);
        if (row.Backlog is { } backlog)
        {
            json.WriteNumber("backlog_size_bytes", backlog.SizeBytes);
            json.WriteNumber("backlog_held_bytes", backlog.HeldBytes);
            WriteNumber(json, "backlog_covers_s", backlog.CoversSeconds);
        }

        json.WriteEndObject();
    }

    private static void WriteLink(Utf8JsonWriter json, NodeRow row)
    {
        json.WriteString("link", row.Link switch { LinkState.Up => "up", LinkState.Syncing => "sync", _ => "down" });
        if (row.Link == LinkState.Down)
        {
            json.WriteBoolean("link_was_up", row.WasUp);
            WriteNumber(json, "link_down_s", row.DownSeconds);
            WriteText(json, "link_error", row.LinkError);
        }

        WriteNumber(json, "bytes_behind", row.BytesBehind);
        WriteNumber(json, "lag_s", row.Lag?.Seconds);
        WriteText(json, "lag_source", row.Lag?.Source ?? "");
        WriteText(json, "sync_phase", row.Sync?.Phase ?? "");
        WriteNumber(json, "sync_s", row.Sync?.Seconds);
        WriteNumber(json, "sync_pct", row.Sync?.Percent);
        WriteNumber(json, "sync_bytes", row.Sync?.Bytes);
        WriteNumber(json, "sync_left_s", row.Sync?.LeftSeconds);
        WriteNumber(json, "drop_in_s", row.Drop?.Seconds);
        WriteText(json, "drop_cause", row.Drop?.Cause ?? "");
    }

    private static void WriteText(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, 3));
        }
    }

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();
}
