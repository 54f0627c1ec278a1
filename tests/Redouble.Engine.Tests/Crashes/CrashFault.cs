namespace Redouble.Engine.Tests.Crashes;

/// <summary>What happens at the operation that a <see cref="CrashDisk"/> is told.</summary>
internal enum CrashFault : byte
{
    /// <summary>The process is gone before it has any effect.</summary>
    StopBefore,

    /// <summary>The process is gone when half of a write has been made; as <see cref="StopBefore"/> for what is no write.</summary>
    StopWithin,

    /// <summary>The process is gone when it has had its effect.</summary>
    StopBehind,

    /// <summary>EIO: it has no effect.</summary>
    Error,

    /// <summary>EIO, and it has had its effect, as a rename has whose directory could not be synced.</summary>
    ErrorBehind,

    /// <summary>ENOSPC from here on, until there is room again: half of the first write was made.</summary>
    Full,
}

/// <summary>The process is gone: nothing catches this.</summary>
internal sealed class ProcessGoneException : Exception;
