using System.Globalization;
using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Hosting;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>The text of one INFO reply while it is being put together.</summary>
public sealed class InfoReport(Node node)
{
    private readonly StringBuilder _text = new();
    private ProcessFacts? _facts;

    /// <summary>The node that is reported on.</summary>
    public Node Node { get; } = node;

    /// <summary>Facts about the process, asked for once per report because they cost system calls.</summary>
    public ProcessFacts Facts => _facts ??= Node.Parts.Host.Facts();

    /// <summary>Where lines go.</summary>
    public StringBuilder Builder => _text;

    /// <summary>The whole text, one byte per character.</summary>
    public string Text => _text.ToString();

    /// <summary>Opens a section.</summary>
    public void Section(string name)
    {
        if (_text.Length > 0) _text.Append("\r\n");
        _text.Append("# ").Append(name).Append("\r\n");
    }

    /// <summary>A line.</summary>
    public void Field(string name, string value) => _text.Append(name).Append(':').Append(value).Append("\r\n");

    /// <summary>A line with a number.</summary>
    public void Field(string name, long value) => Field(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A line with 1 or 0.</summary>
    public void Field(string name, bool value) => Field(name, value ? "1" : "0");

    /// <summary>A line with a number of <paramref name="decimals"/> decimals.</summary>
    public void Field(string name, double value, int decimals) => Field(name, Fixed(value, decimals));

    /// <summary>A count of bytes, and below it the same for people.</summary>
    public void Bytes(string name, long bytes)
    {
        Field(name, bytes);
        Human(name + "_human", bytes);
    }

    /// <summary>A count of bytes for people: <c>1.50M</c>.</summary>
    public void Human(string name, long bytes)
    {
        Span<byte> text = stackalloc byte[MemoryUnits.MaxHumanLength];
        Field(name, Encoding.ASCII.GetString(text[..MemoryUnits.FormatHuman((ulong)bytes, text)]));
    }

    /// <summary>A number with so many decimals, as INFO prints it.</summary>
    public static string Fixed(double value, int decimals) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
