namespace Redouble.Storage.Collections;

/// <summary>What a hash has of a field.</summary>
public enum FieldState : byte
{
    /// <summary>Nothing.</summary>
    Missing = 0,

    /// <summary>A value.</summary>
    Live = 1,

    /// <summary>A value whose time has passed, by the policy in force: to readers it is not there.</summary>
    Expired = 2,
}
