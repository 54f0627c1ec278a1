namespace Redouble.Server.Configuration;

/// <summary>Where the configuration's text comes from. Paths are .NET strings.</summary>
public interface IConfigSource
{
    /// <summary>Reads a whole file; null with the operating system's text when that fails.</summary>
    byte[]? TryReadFile(string path, out string error);

    /// <summary>Reads standard input to its end.</summary>
    byte[] ReadStandardInput();

    /// <summary>The files that an absolute pattern of <c>* ? [</c> matches, in order of their names.</summary>
    IReadOnlyList<string> Expand(string pattern);

    /// <summary>Whether a file can be opened for appending (it may be created); the operating system's text when not.</summary>
    bool CanAppend(string path, out string error);
}
