using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence;

/// <summary>Files that did not come to what they were for.</summary>
internal static class TemporaryFile
{
    /// <summary>Deletes one after a failure that has been told; that this fails, too, is not worth another word.</summary>
    public static void Remove(IFileSystem files, string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (IOException)
        {
            // What is left is a file that the next one of its name replaces.
        }
    }
}
