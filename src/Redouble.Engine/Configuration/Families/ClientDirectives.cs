using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Clients: authentication and the limits on what one may use.</summary>
internal static class ClientDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        Optional("requirepass", static c => ref c.RequirePass, new DirectiveTraits(DirectiveFlags.Sensitive, Action: ConfigAction.RequirePass)),
        Text("aclfile", static c => ref c.AclFile, "", FixedRefused),
        Number("acllog-max-len", static c => ref c.AclLogMaxLen, 128, 0, LongMax),
        Choice("acl-pubsub-default", static c => ref c.AclPubSubDefault, AclPubSubDefault.ResetChannels,
            [("allchannels", AclPubSubDefault.AllChannels), ("resetchannels", AclPubSubDefault.ResetChannels)]),
        Number("maxclients", static c => ref c.MaxClients, 10000, 1, uint.MaxValue, Does(ConfigAction.MaxClients)),
        new OutputBufferLimitDirective(),
        Memory("client-query-buffer-limit", static c => ref c.ClientQueryBufferLimit, Gigabyte, Megabyte, LongMax),
        new NumberDirective("maxmemory-clients", static c => ref c.MaxMemoryClients, 0, -100, LongMax, NumberForm.MemoryOrPercent,
            Does(ConfigAction.MaxMemoryClients)),
        Memory("proto-max-bulk-len", static c => ref c.ProtoMaxBulkLen, 512 * Megabyte, Megabyte, LongMax),
        Number("tracking-table-max-keys", static c => ref c.TrackingTableMaxKeys, 1_000_000, 0, LongMax),
    ];
}
