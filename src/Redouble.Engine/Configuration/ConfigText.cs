using System.Text;
using Redouble.Core.Text;

namespace Redouble.Engine.Configuration;

/// <summary>
/// Values arrive as bytes of any kind (a password is not UTF-8 by law), so inside the configuration a string holds one byte per
/// character (ISO 8859-1). Only what leaves for the file system is decoded.
/// </summary>
public static class ConfigText
{
    /// <summary>One character per byte.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The bytes that <see cref="FromBytes"/> was given.</summary>
    public static byte[] ToBytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A value as the name of a file, for .NET's file calls (UTF-8 decoded).</summary>
    public static string ToPath(string text) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text));

    /// <summary>A .NET string (command line argument, path) as a value: its UTF-8 bytes.</summary>
    public static string FromPath(string path) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(path));

    /// <summary>A value in double quotes with everything unprintable escaped, as configuration files carry it.</summary>
    public static string Quote(string text)
    {
        byte[] quoted = new byte[QuotedText.MaxLength(text.Length)];
        return FromBytes(quoted.AsSpan(0, QuotedText.Format(ToBytes(text), quoted)));
    }
}
