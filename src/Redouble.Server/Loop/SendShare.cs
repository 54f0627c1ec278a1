namespace Redouble.Server.Loop;

/// <summary>What one replica has been sent, for <see cref="SendQuota"/>.</summary>
public sealed class SendShare
{
    /// <summary>Turn in which it was last looked at.</summary>
    internal long Turn { get; set; }

    /// <summary>Bytes that it was sent in that turn.</summary>
    internal long Sent { get; set; }

    /// <summary>Bytes of these that came out of what is for all.</summary>
    internal long Shared { get; set; }

    /// <summary>Bytes that it may be sent without taking any of that.</summary>
    internal long Free { get; set; }

    /// <summary>Turn in which it last asked for some of it.</summary>
    internal long WantedTurn { get; set; }

    /// <summary>Turn in which it last had its part of it.</summary>
    internal long SharedTurn { get; set; } = long.MinValue / 2;

    /// <summary>Whether something was left when it was last sent to.</summary>
    internal bool IsBehind { get; set; }
}
