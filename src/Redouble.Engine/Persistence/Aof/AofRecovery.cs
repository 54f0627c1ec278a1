using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>What a load of append-only files has found: from here whoever writes them goes on.</summary>
/// <param name="Manifest">The set that was loaded, an old file already taken into it.</param>
/// <param name="TotalBytes">Bytes of all its data files.</param>
/// <param name="BaseBytes">Bytes of its base.</param>
/// <param name="LastFileMarker">Stands at the end of the last incremental file, if that was loaded: marks written there from now on are right.</param>
public sealed record AofRecovery(AofManifest Manifest, long TotalBytes, long BaseBytes, AofMarker? LastFileMarker);
