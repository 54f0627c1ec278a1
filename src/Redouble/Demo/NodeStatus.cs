namespace Redouble.Demo;

/// <summary>One row of the demo's display.</summary>
/// <param name="Name">primary, replica 1, replica 2.</param>
/// <param name="Port">The loopback port.</param>
/// <param name="Role">As INFO says: master or slave.</param>
/// <param name="Link">For a replica up, down or sync; for the primary the number of replicas online.</param>
/// <param name="Offset">Replication offset, bytes.</param>
/// <param name="BytesBehind">Primary's offset less this one's; 0 on the primary.</param>
/// <param name="MillisecondsBehind">Age of the oldest write this node lacks; 0 on the primary.</param>
/// <param name="WritesPerSecond">Writes executed since the last row.</param>
internal sealed record NodeStatus(
    string Name, int Port, string Role, string Link, long Offset, long BytesBehind, double MillisecondsBehind, double WritesPerSecond);
