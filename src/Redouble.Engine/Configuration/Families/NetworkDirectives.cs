using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Where and how the server listens, and who may do what from where.</summary>
internal static class NetworkDirectives
{
    private static readonly (string Word, ProtectedAction Value)[] NoYesLocal =
        [("no", ProtectedAction.No), ("yes", ProtectedAction.Yes), ("local", ProtectedAction.Local)];

    public static readonly IReadOnlyList<Directive> All =
    [
        new BindDirective(),
        Optional("bind-source-addr", static c => ref c.BindSourceAddress),
        Number("port", static c => ref c.Port, 6379, 0, 65535, Does(ConfigAction.Port)),
        Number("tcp-backlog", static c => ref c.TcpBacklog, 511, 0, IntMax, Fixed),
        Number("tcp-keepalive", static c => ref c.TcpKeepAlive, 300, 0, IntMax),
        Number("timeout", static c => ref c.Timeout, 0, 0, IntMax),
        new TextDirective("unixsocket", static c => ref c.UnixSocket, "", Fixed) { EmptyIsUnset = true, Check = TextChecks.Path },
        new NumberDirective("unixsocketperm", static c => ref c.UnixSocketPerm, 0, 0, 511, NumberForm.Octal, Fixed),
        YesNo("protected-mode", static c => ref c.ProtectedMode, true),
        Number("socket-mark-id", static c => ref c.SocketMarkId, 0, 0, uint.MaxValue, FixedNotBuilt),
        Choice("enable-protected-configs", static c => ref c.EnableProtectedConfigs, ProtectedAction.No, NoYesLocal, Fixed),
        Choice("enable-debug-command", static c => ref c.EnableDebugCommand, ProtectedAction.No, NoYesLocal, Fixed),
        Choice("enable-module-command", static c => ref c.EnableModuleCommand, ProtectedAction.No, NoYesLocal, FixedNotBuilt),
    ];
}
