using System.Text;

namespace Redouble.Server.Configuration;

/// <summary>Why a configuration stops the start.</summary>
/// <param name="Message">The reason.</param>
/// <param name="LineNumber">The line it is about, from 1; 0 when it is about no line.</param>
/// <param name="Line">The text of that line.</param>
/// <param name="IsLogLine">Printed as a line of the log (a file that cannot be opened) rather than as the block on standard error.</param>
public sealed record ConfigFailure(string Message, int LineNumber = 0, string Line = "", bool IsLogLine = false)
{
    /// <summary>The block that redis-server prints to standard error before it exits with 1.</summary>
    public string FormatBlock(string redisVersion)
    {
        StringBuilder block = new();
        block.Append($"\n*** FATAL CONFIG FILE ERROR (Redis {redisVersion}) ***\n");
        if (LineNumber > 0) block.Append($"Reading the configuration file, at line {LineNumber}\n>>> '{Line}'\n");
        return block.Append(Message).Append('\n').ToString();
    }
}
