namespace Redouble.Engine.Verification;

/// <summary>How a replica's key differs from its primary's.</summary>
public enum KeyDifference
{
    /// <summary>The replica does not have it.</summary>
    Missing,

    /// <summary>Only the replica has it.</summary>
    Extra,

    /// <summary>The values differ, or their types.</summary>
    Value,

    /// <summary>The same value expires at another time.</summary>
    Expiry,
}

/// <summary>A key that differs.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Name">Its name, or the beginning of a long one.</param>
/// <param name="Difference">How.</param>
public sealed record DifferingKey(int Database, byte[] Name, KeyDifference Difference);
