namespace Redouble.Engine.Configuration.Directives;

/// <summary>The checks of texts that have a form: Redis' error text, or null when the value is good.</summary>
internal static class TextChecks
{
    private const int MaxHostnameLength = 255;
    private static readonly string[] TitleVariables = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

    /// <summary>A zero ends a name for the system and is a mistake for the base library: it would be another file, or the end of the process.</summary>
    public static string? Path(string path) => path.Contains('\0', StringComparison.Ordinal) ? "The name of a file can't hold a zero byte" : null;

    public static string? DbFileName(string name) => IsBaseName(name) ? Path(name) : "dbfilename can't be a path, just a filename";

    public static string? AppendFileName(string name)
    {
        if (name.Length == 0) return "appendfilename can't be empty";
        return IsBaseName(name) ? Path(name) : "appendfilename can't be a path, just a filename";
    }

    public static string? AppendDirName(string name)
    {
        if (name.Length == 0) return "appenddirname can't be empty";
        return IsBaseName(name) ? Path(name) : "appenddirname can't be a path, just a dirname";
    }

    public static string? Hostname(string name)
    {
        if (name.Length > MaxHostnameLength) return "Hostnames must be less than 256 characters";
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')) return "Hostnames may only contain alphanumeric characters, hyphens or dots";
        }

        return null;
    }

    public static string? Nodename(string name) =>
        name.AsSpan().ContainsAny("!#$%&()*+:;<>?@[]^{|}~") ? "Announced human node name contained invalid character" : null;

    /// <summary>Text is collated byte by byte here, which is what these locales mean.</summary>
    public static string? Locale(string name) => name is "" or "C" or "POSIX" or "C.UTF-8" or "C.utf8" ? null : "Invalid locale name";

    private static bool IsBaseName(string name) => !name.AsSpan().ContainsAny('/', '\\');

    public static string? ProcTitleTemplate(string template)
    {
        const string Invalid = "template format is invalid or contains unknown variables";
        bool shows = false; // Something is left when the title itself is empty.
        int literal = 0;
        for (int i = template.IndexOf("{", StringComparison.Ordinal); i >= 0; i = template.IndexOf("{", i, StringComparison.Ordinal))
        {
            shows |= !template.AsSpan(literal, i - literal).IsWhiteSpace();
            if (i + 1 < template.Length && template[i + 1] == '{')
            {
                shows = true;
                i += 2;
                literal = i;
                continue;
            }

            int end = template.IndexOf("}", i, StringComparison.Ordinal);
            if (end < 0 || Array.IndexOf(TitleVariables, template[(i + 1)..end]) < 0) return Invalid;
            shows |= template[(i + 1)..end] is "listen-addr" or "port" or "tls-port" or "config-file";
            i = end;
            literal = end + 1;
        }

        return shows || !template.AsSpan(literal).IsWhiteSpace() ? null : Invalid;
    }
}
