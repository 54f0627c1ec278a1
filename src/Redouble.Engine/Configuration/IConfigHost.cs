namespace Redouble.Engine.Configuration;

/// <summary>
/// What the configuration asks of the node it belongs to. The server implements it over sockets and files, a simulated node in memory.
/// Error texts are the tail of the error reply, without "ERR".
/// </summary>
public interface IConfigHost
{
    /// <summary>The primary this node follows now ("host port"), or null when it is a primary.</summary>
    string? CurrentPrimary { get; }

    /// <summary>One line per ACL user, in the form <c>user name rules…</c>, for CONFIG REWRITE; empty when users are not rewritten.</summary>
    IReadOnlyList<string> UserLines { get; }

    /// <summary>
    /// Makes a changed value take effect; the new values are in <paramref name="config"/> already. False refuses it with Redis' text; the
    /// old values are then put back, and this action and those that had succeeded are called again.
    /// </summary>
    bool TryApply(ConfigAction action, ServerConfig config, out string error);

    /// <summary>Tells in the log what nobody can be answered.</summary>
    void Warn(string message)
    {
    }

    /// <summary>CONFIG REWRITE: replaces the file the node was started with. Null when done, else the error reply without its '-'.</summary>
    /// <param name="writeAll">Also write what equals its default (DEBUG CONFIG-REWRITE-FORCE-ALL).</param>
    string? RewriteFile(bool writeAll);
}

/// <summary>How <c>dir</c> is checked. Paths hold one byte per character.</summary>
public interface IDirectoryResolver
{
    /// <summary>True with the absolute path of a directory that can be entered, or false with the operating system's text.</summary>
    bool TryResolve(string current, string path, out string resolved, out string error);
}
