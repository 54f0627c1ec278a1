namespace Redouble.Engine;

/// <summary>What we stand for on the wire.</summary>
public static class RedisCompatibility
{
    /// <summary>The version of Redis whose behaviour clients are promised.</summary>
    public const string Version = "7.2.4";
}
