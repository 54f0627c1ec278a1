namespace Redouble.Engine.Commands.Table;

/// <summary>The documentation group of a command; <c>CommandNames.OfGroup</c> gives its name on the wire.</summary>
public enum CommandGroup
{
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
    Module,
}
