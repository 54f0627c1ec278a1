namespace Redouble.Server.Polling;

/// <summary>Which file it is, whatever its name: two that are equal are one.</summary>
/// <param name="Device">Of its file system.</param>
/// <param name="Number">Its inode.</param>
public readonly record struct FileIdentity(ulong Device, ulong Number);
