namespace Redouble.Interop.Tests.Harness;

/// <summary>Names of the fields of INFO.</summary>
internal static class FieldNames
{
    private static readonly string[] OfValkey =
    [
        "replicas_repl_buffer_size", "replicas_repl_buffer_peak", "replicas_waiting_psync", "mem_replicas_repl_buffer",
    ];

    /// <summary>Whether Redis has no such field: it is ours, or Valkey's.</summary>
    public static bool IsBeyondRedis(string name) =>
        name.Contains("redouble", StringComparison.Ordinal) || name == "master_link_last_error" || OfValkey.Contains(name);
}
