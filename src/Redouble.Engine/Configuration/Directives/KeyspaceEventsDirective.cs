using System.Text;
using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>notify-keyspace-events</c>: one character per class of events.</summary>
public sealed class KeyspaceEventsDirective() : Directive("notify-keyspace-events", NoTraits)
{
    private static readonly (char Letter, KeyspaceEvents Class)[] Classes =
    [
        ('g', KeyspaceEvents.Generic), ('$', KeyspaceEvents.String), ('l', KeyspaceEvents.List), ('s', KeyspaceEvents.Set),
        ('h', KeyspaceEvents.Hash), ('z', KeyspaceEvents.SortedSet), ('x', KeyspaceEvents.Expired), ('e', KeyspaceEvents.Evicted),
        ('t', KeyspaceEvents.Stream), ('d', KeyspaceEvents.Module), ('n', KeyspaceEvents.New),
    ];

    private static readonly (char Letter, KeyspaceEvents Class)[] Others =
        [('K', KeyspaceEvents.Keyspace), ('E', KeyspaceEvents.KeyEvent), ('m', KeyspaceEvents.KeyMiss), ('A', KeyspaceEvents.All)];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => config.NotifyKeyspaceEvents = KeyspaceEvents.None;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => config.NotifyKeyspaceEvents == KeyspaceEvents.None;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        KeyspaceEvents sum = KeyspaceEvents.None;
        foreach (char letter in arguments[0])
        {
            KeyspaceEvents found = Find(Classes, letter) | Find(Others, letter);
            if (found == KeyspaceEvents.None)
            {
                error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
                return SetOutcome.Failed;
            }

            sum |= found;
        }

        error = "";
        config.NotifyKeyspaceEvents = sum;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config) => Format(config.NotifyKeyspaceEvents, newBesideAll: false);

    /// <summary>
    /// Writes what reading gives back. CONFIG GET drops the 'n' beside an 'A', as Redis does; in a file that would lose it.
    /// </summary>
    public override void Rewrite(ServerConfig config, RewriteFile file) =>
        file.Write(Name, $"{Name} {ConfigText.Quote(Format(config.NotifyKeyspaceEvents, newBesideAll: true))}", !IsDefault(config));

    private static string Format(KeyspaceEvents events, bool newBesideAll)
    {
        StringBuilder text = new();
        bool all = events.HasFlag(KeyspaceEvents.All);
        if (all) text.Append('A');
        foreach ((char letter, KeyspaceEvents flag) in Classes)
        {
            bool shown = all ? newBesideAll && flag == KeyspaceEvents.New : true;
            if (shown && events.HasFlag(flag)) text.Append(letter);
        }

        if (events.HasFlag(KeyspaceEvents.Keyspace)) text.Append('K');
        if (events.HasFlag(KeyspaceEvents.KeyEvent)) text.Append('E');
        if (events.HasFlag(KeyspaceEvents.KeyMiss)) text.Append('m');
        return text.ToString();
    }

    private static KeyspaceEvents Find((char Letter, KeyspaceEvents Class)[] classes, char letter) =>
        Array.Find(classes, entry => entry.Letter == letter).Class;
}
