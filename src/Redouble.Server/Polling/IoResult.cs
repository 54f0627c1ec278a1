using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>Kinds of outcome of a system call.</summary>
public enum IoStatus : byte
{
    /// <summary>It succeeded, with a count (bytes, a descriptor, or 0).</summary>
    Done,

    /// <summary>It would have had to wait; for a connect: it goes on in the background.</summary>
    WouldBlock,

    /// <summary>The peer has closed its side in good order.</summary>
    Closed,

    /// <summary>It failed.</summary>
    Error,
}

/// <summary>Outcome of a system call: a count, or why there is none. Four bytes.</summary>
public readonly struct IoResult : IEquatable<IoResult>
{
    private const int ClosedValue = int.MinValue;

    // A count, or minus the error number; EAGAIN stands for WouldBlock.
    private readonly int _value;

    private IoResult(int value) => _value = value;

    /// <summary>It would have had to wait.</summary>
    public static IoResult WouldBlock => new(-Polling.Errno.Again);

    /// <summary>The peer has closed.</summary>
    public static IoResult Closed => new(ClosedValue);

    /// <summary>What happened.</summary>
    public IoStatus Status => _value switch
    {
        >= 0 => IoStatus.Done,
        -Polling.Errno.Again => IoStatus.WouldBlock,
        ClosedValue => IoStatus.Closed,
        _ => IoStatus.Error,
    };

    /// <summary>Whether it succeeded.</summary>
    public bool IsDone => _value >= 0;

    /// <summary>Bytes moved, or the new descriptor; 0 unless Done.</summary>
    public int Count => Math.Max(_value, 0);

    /// <summary>The error number; 0 unless Error.</summary>
    public int Errno => Status == IoStatus.Error ? -_value : 0;

    /// <summary>The system's text for the error, such as <c>Connection refused</c>; empty unless Error.</summary>
    public string ErrorText => Errno == 0 ? string.Empty : Marshal.GetPInvokeErrorMessage(Errno);

    /// <summary>Success with a count.</summary>
    public static IoResult Done(int count) => new(count);

    /// <summary>Failure with an error number.</summary>
    public static IoResult Error(int errno) => new(-errno);

    /// <inheritdoc/>
    public bool Equals(IoResult other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IoResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value;

    /// <inheritdoc/>
    public override string ToString() => Status switch
    {
        IoStatus.Done => Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
        IoStatus.Error => ErrorText,
        _ => Status.ToString(),
    };

    public static bool operator ==(IoResult left, IoResult right) => left.Equals(right);

    public static bool operator !=(IoResult left, IoResult right) => !left.Equals(right);
}
