using System.Globalization;

namespace Redouble.Health;

/// <summary>The "name:value" lines of INFO.</summary>
internal sealed class InfoFields
{
    private Dictionary<string, string> _fields = [];

    public InfoFields(string info) => Merge(info);

    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Takes the lines of a later answer, which may be of one section only. Others may read the fields meanwhile.</summary>
    public void Merge(string info) => _fields = Parse(info, _fields);

    /// <summary>The fields of one answer, in the place of those of an <paramref name="earlier"/> one.</summary>
    public static Dictionary<string, string> Parse(string info, Dictionary<string, string>? earlier = null)
    {
        Dictionary<string, string> fields = earlier == null ? [] : new(earlier);
        foreach (string line in info.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#')
            {
                fields[line[..colon]] = Format.Printable(line[(colon + 1)..].TrimEnd('\r'));
            }
        }

        return fields;
    }

    /// <summary>A field that is a whole number, or null.</summary>
    public long? Number(string name) => Number(_fields, name);

    /// <summary>
    /// The lines <c>name0</c>, <c>name1</c> … with values like <c>ip=127.0.0.1,port=7001,state=online</c>. A primary leaves no gap.
    /// </summary>
    public IEnumerable<Dictionary<string, string>> Lines(string name)
    {
        for (int i = 0; this[$"{name}{i}"] is { } line; i++)
        {
            Dictionary<string, string> values = [];
            foreach (string pair in line.Split(','))
            {
                int equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                {
                    values[pair[..equals]] = pair[(equals + 1)..];
                }
            }

            yield return values;
        }
    }

    public static long? Number(Dictionary<string, string> values, string name) =>
        long.TryParse(values.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
}
