using System.Globalization;
using System.Text;

namespace Redouble.Replication.Conversations;

/// <summary>The fields of another server's INFO.</summary>
internal sealed class InfoText
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    /// <summary>Takes the fields of a section, or of several; those of an earlier one stay.</summary>
    public void Add(ReadOnlySpan<byte> sections)
    {
        foreach (var line in Encoding.Latin1.GetString(sections).Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#') _fields[line[..colon]] = line[(colon + 1)..].TrimEnd('\r');
        }
    }

    /// <summary>A field's text, empty when it is not there.</summary>
    public string this[string name] => _fields.GetValueOrDefault(name, "");

    /// <summary>A field's number, or <paramref name="otherwise"/>.</summary>
    public long Number(string name, long otherwise = -1) =>
        long.TryParse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
