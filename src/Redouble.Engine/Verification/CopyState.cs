namespace Redouble.Engine.Verification;

/// <summary>How far a replica is with what it was asked.</summary>
public enum CopyState
{
    /// <summary>It has not said anything yet: it has not applied all up to the mark, perhaps.</summary>
    Waiting,

    /// <summary>It digests its data.</summary>
    Walking,

    /// <summary>It has told everything.</summary>
    Answered,

    /// <summary>It would not, or broke off; it said why.</summary>
    Refused,

    /// <summary>Its connection is gone.</summary>
    Lost,

    /// <summary>It has said nothing for longer than repl-timeout.</summary>
    Silent,
}
