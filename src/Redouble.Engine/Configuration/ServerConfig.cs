using System.Security.Cryptography;
using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration;

/// <summary>What CONFIG SET depends on beside its arguments.</summary>
/// <param name="CallerIsLocal">The client is on a unix socket or a loopback address.</param>
/// <param name="Loading">A data set is being loaded.</param>
public readonly record struct ConfigSetContext(bool CallerIsLocal, bool Loading);

/// <summary>
/// The configuration of one node: values, and the three ways to them.
/// <code>
///   start     TryLoadLine (files, command line) ─► values ─► FindUnbuilt: warn or stop
///   CONFIG GET  Get   ◄── values
///   CONFIG SET  Set:  check names ─► set all values ─► apply all actions ─► OK
///                        │ error        │ error           │ error
///                        └─ nothing     └─ old values back┴─ and the actions run so far, run again
///   CONFIG REWRITE  Rewrite(old file) ─► new file
/// </code>
/// Used by the data thread only. Values hold one byte per character, see <see cref="ConfigText"/>.
/// </summary>
public sealed partial class ServerConfig
{
    private const string SetFailed = "ERR CONFIG SET failed (possibly related to argument '{0}') - {1}";
    private readonly List<RenamedCommand> _renamedCommands = [];
    private readonly List<string[]> _users = [];
    private readonly List<string[]> _modules = [];

    /// <summary>A configuration of defaults.</summary>
    /// <param name="startDirectory">The absolute directory that <c>dir</c> begins as.</param>
    /// <param name="directories">Checks the directories that <c>dir</c> is set to.</param>
    public ServerConfig(string startDirectory, IDirectoryResolver directories)
    {
        StartDirectory = startDirectory;
        Directories = directories;
        foreach (Directive directive in DirectiveTable.All) directive.Reset(this);
    }

    /// <summary>The node this configuration belongs to; null until it runs. Without it no action is applied.</summary>
    public IConfigHost? Host { get; set; }

    /// <summary>What <c>rename-command</c> lines ask for, in order.</summary>
    public IReadOnlyList<RenamedCommand> RenamedCommands => _renamedCommands;

    /// <summary>The arguments of <c>user</c> lines (name and rules), in order.</summary>
    public IReadOnlyList<string[]> Users => _users;

    /// <summary>The arguments of <c>loadmodule</c> lines (path and arguments), in order.</summary>
    public IReadOnlyList<string[]> Modules => _modules;

    /// <summary>Whether the eviction policy goes by how often keys are used (LFU).</summary>
    public bool CountsAccesses => MaxMemoryPolicy is MaxMemoryPolicy.AllKeysLfu or MaxMemoryPolicy.VolatileLfu;

    /// <summary>Whether the eviction policy goes by when keys were last used (LRU).</summary>
    public bool TimesAccesses => MaxMemoryPolicy is MaxMemoryPolicy.AllKeysLru or MaxMemoryPolicy.VolatileLru;

    /// <summary>Where the files are that it names.</summary>
    public ConfigPaths Paths => new(this);

    internal string StartDirectory { get; }

    internal IDirectoryResolver Directories { get; }

    /// <summary>
    /// CONFIG GET: name and value of every directive that a pattern matches, each name once. A pattern without special characters finds
    /// hidden directives too, and is echoed in the case it was written in.
    /// </summary>
    public List<KeyValuePair<string, string>> Get(ReadOnlySpan<string> patterns)
    {
        List<KeyValuePair<string, string>> found = [];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (string pattern in patterns)
        {
            if (pattern.AsSpan().ContainsAny("*?["))
            {
                foreach (Directive directive in DirectiveTable.All) AddMatching(directive, ConfigText.ToBytes(pattern), names, found);
            }
            else if (DirectiveTable.TryFind(pattern, out Directive? directive) && names.Add(pattern))
            {
                found.Add(new(pattern, directive.Get(this)));
            }
        }

        return found;
    }

    /// <summary>
    /// CONFIG SET: all of the names and values, or none. Returns null when done, else the error reply without its '-'.
    /// </summary>
    /// <param name="pairs">Name, value, name, value… A missing last value is a syntax error.</param>
    /// <param name="context">Who asks, and when.</param>
    public string? Set(ReadOnlySpan<string> pairs, ConfigSetContext context)
    {
        if (pairs.Length % 2 != 0) return "ERR syntax error";
        Directive[] directives = new Directive[pairs.Length / 2];
        string? error = FindAll(pairs, context, directives);
        if (error is not null) return error;

        string[] old = new string[directives.Length];
        for (int i = 0; i < old.Length; i++) old[i] = directives[i].Get(this);

        bool[] changed = new bool[directives.Length];
        for (int i = 0; i < directives.Length; i++)
        {
            SetOutcome outcome = SetOne(directives[i], pairs[(2 * i) + 1], out string reason);
            if (outcome != SetOutcome.Failed && IsUnbuilt(directives[i], out string unbuilt)) (outcome, reason) = (SetOutcome.Failed, unbuilt);
            if (outcome == SetOutcome.Failed)
            {
                PutBack(directives, old);
                return string.Format(SetFailed, DisplayName(pairs[2 * i]), reason);
            }

            changed[i] = outcome == SetOutcome.Changed;
        }

        return ApplyAll(pairs, directives, changed, old);
    }

    /// <summary>
    /// Takes one line of a configuration file (not <c>include</c>, which is the reader's affair). False with Redis' text when it is wrong.
    /// </summary>
    public bool TryLoadLine(ReadOnlySpan<string> words, out string error)
    {
        string name = words[0].ToLowerInvariant();
        ReadOnlySpan<string> arguments = words[1..];
        if (!DirectiveTable.TryFind(name, out Directive? directive)) return TryLoadStatement(name, arguments, out error);
        bool several = directive.Is(DirectiveFlags.MultiArgument);
        error = "wrong number of arguments";
        if (arguments.Length != 1 && !several) return false;
        if (several && arguments.Length == 1 && arguments[0].Length > 0)
        {
            error = "Unbalanced quotes in configuration line";
            if (!ConfigLine.TrySplit(arguments[0], out string[] split)) return false;
            arguments = split;
        }

        return directive.Set(this, arguments, SetSource.File, out error) != SetOutcome.Failed;
    }

    /// <summary>Everything in the loaded configuration that asks for what is not built, in the order of the table.</summary>
    public List<ReadinessFinding> FindUnbuilt()
    {
        List<ReadinessFinding> findings = [];
        foreach (Directive directive in DirectiveTable.All)
        {
            if (IsUnbuilt(directive, out string message)) findings.Add(new(directive.Name, Readiness.RefusedNotBuilt, message));
            else if (directive.Readiness == Readiness.AcceptedNotBuilt && !directive.IsDefault(this)) findings.Add(Warn(directive.Name));
        }

        if (_renamedCommands.Count > 0) findings.Add(Refuse("rename-command"));
        if (!_users.TrueForAll(IsTheDefaultUser)) findings.Add(Refuse("user"));
        if (_modules.Count > 0) findings.Add(Refuse("loadmodule"));
        return findings;
    }

    /// <summary>CONFIG REWRITE: the text of the file that keeps the old one's comments and order and carries the values of now.</summary>
    /// <param name="oldText">The file as it is, one byte per character; empty when it is gone.</param>
    /// <param name="writeAll">Also write what equals its default.</param>
    public string Rewrite(string oldText, bool writeAll)
    {
        RewriteFile file = new(oldText, writeAll);
        foreach (Directive directive in DirectiveTable.All) directive.Rewrite(this, file);
        if (Host is not null)
        {
            foreach (string user in Host.UserLines) file.Write("user", user, force: true);
            file.Remove("user");
        }

        return file.Finish();
    }

    private void AddMatching(Directive directive, byte[] pattern, HashSet<string> names, List<KeyValuePair<string, string>> found)
    {
        if (directive.Is(DirectiveFlags.Hidden)) return;
        foreach (string? name in (ReadOnlySpan<string?>)[directive.Name, directive.Alias])
        {
            if (name is null || !Glob.IsMatch(pattern, Encoding.ASCII.GetBytes(name), ignoreCase: true) || !names.Add(name)) continue;
            found.Add(new(name, directive.Get(this)));
        }
    }

    // The first thing that is wrong decides the error. Null when all may be set.
    private string? FindAll(ReadOnlySpan<string> pairs, ConfigSetContext context, Span<Directive> directives)
    {
        for (int i = 0; i < directives.Length; i++)
        {
            string name = pairs[2 * i];
            if (!DirectiveTable.TryFind(name, out Directive? directive))
                return $"ERR Unknown option or number of arguments for CONFIG SET - '{ErrorText.Shown(name)}'";

            string? reason = null;
            if (directive.Is(DirectiveFlags.Immutable)) reason = "can't set immutable config";
            else if (directive.Is(DirectiveFlags.Protected) && !MaySetProtected(context)) reason = "can't set protected config";
            else if (context.Loading && directive.Is(DirectiveFlags.DenyLoading)) return "LOADING Redis is loading the dataset in memory";
            else if (directives[..i].Contains(directive) && NamedTwice(pairs, i)) reason = "duplicate parameter";
            if (reason is not null) return string.Format(SetFailed, ErrorText.Shown(name), reason);
            directives[i] = directive;
        }

        return null;
    }

    private bool MaySetProtected(ConfigSetContext context) =>
        EnableProtectedConfigs == ProtectedAction.Yes || (EnableProtectedConfigs == ProtectedAction.Local && context.CallerIsLocal);

    // A directive and its alias may both be given; only the same name twice is refused.
    private static bool NamedTwice(ReadOnlySpan<string> pairs, int index)
    {
        for (int i = 0; i < index; i++)
        {
            if (pairs[2 * i].Equals(pairs[2 * index], StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private SetOutcome SetOne(Directive directive, string value, out string error)
    {
        if (!directive.Is(DirectiveFlags.MultiArgument)) return directive.Set(this, [value], SetSource.Command, out error);
        return directive.Set(this, value.Length == 0 ? [] : value.Split(' '), SetSource.Command, out error);
    }

    private string? ApplyAll(ReadOnlySpan<string> pairs, Directive[] directives, bool[] changed, string[] old)
    {
        if (Host is null) return null;
        List<ConfigAction> applied = [];
        for (int i = 0; i < directives.Length; i++)
        {
            ConfigAction action = directives[i].Action;
            if (!changed[i] || action == ConfigAction.None || applied.Contains(action)) continue;
            if (!Host.TryApply(action, this, out string reason))
            {
                // The action that failed may have done half of its work: listeners are closed before the new ones are opened.
                PutBack(directives, old);
                applied.Add(action);
                foreach (ConfigAction done in applied)
                {
                    if (!Host.TryApply(done, this, out string again)) Host.Warn($"Failed applying restored failed CONFIG SET command: {again}");
                }

                return string.Format(SetFailed, DisplayName(pairs[2 * i]), reason);
            }

            applied.Add(action);
        }

        return null;
    }

    private void PutBack(Directive[] directives, string[] old)
    {
        for (int i = directives.Length - 1; i >= 0; i--)
        {
            if (SetOne(directives[i], old[i], out string error) != SetOutcome.Failed) continue;
            string value = directives[i].Is(DirectiveFlags.Sensitive) ? "(redacted)" : old[i];
            Host?.Warn($"Failed restoring failed CONFIG SET command. Error setting {directives[i].Name} to '{value}': {error}");
        }
    }

    private bool IsUnbuilt(Directive directive, out string message)
    {
        bool unbuilt = directive.Readiness == Readiness.RefusedNotBuilt && !directive.IsDefault(this);
        message = unbuilt ? Refuse(directive.Name).Message : "";
        return unbuilt;
    }

    private static ReadinessFinding Refuse(string name) =>
        new(name, Readiness.RefusedNotBuilt, $"'{name}' is not supported by this version of Redouble, and ignoring it would be unsafe.");

    // CONFIG REWRITE of Redis appends this line to every file: it says what holds without it, the password of requirepass as its SHA-256.
    private bool IsTheDefaultUser(string[] user)
    {
        string password = RequirePass.Length == 0
            ? "nopass"
            : "#" + Convert.ToHexStringLower(SHA256.HashData(ConfigText.ToBytes(RequirePass)));
        return user[0] == "default"
            && ((string[])["on", password, "~*", "&*", "+@all"]).All(user.Contains)
            && user.Skip(1).All(rule => rule == password || rule is "on" or "sanitize-payload" or "~*" or "&*" or "+@all");
    }

    private static ReadinessFinding Warn(string name) =>
        new(name, Readiness.AcceptedNotBuilt, $"'{name}' is accepted, but has no effect in this version of Redouble.");

    // Errors in values show the name in lower case, alias or not; errors in names show it as it was written.
    private static string DisplayName(string name) => name.ToLowerInvariant();

    private bool TryLoadStatement(string name, ReadOnlySpan<string> arguments, out string error)
    {
        error = "";
        switch (name)
        {
            case "list-max-ziplist-entries" or "list-max-ziplist-value" or "lua-replicate-commands" when arguments.Length == 1:
                return true; // Gone from Redis, still found in files.
            case "rename-command" when arguments.Length == 2:
                _renamedCommands.Add(new RenamedCommand(arguments[0], arguments[1]));
                return true;
            case "user" when arguments.Length >= 1:
                _users.Add(arguments.ToArray());
                return true;
            case "loadmodule" when arguments.Length >= 1:
                _modules.Add(arguments.ToArray());
                return true;
            case "sentinel" when arguments.Length == 0:
                return true;
            case "sentinel":
                error = "sentinel directive while not in sentinel mode";
                return false;
            default:
                error = "Bad directive or wrong number of arguments";
                return false;
        }
    }
}

/// <summary>A <c>rename-command</c> line.</summary>
/// <param name="From">The command's name.</param>
/// <param name="To">Its new name; empty disables the command.</param>
public readonly record struct RenamedCommand(string From, string To);
