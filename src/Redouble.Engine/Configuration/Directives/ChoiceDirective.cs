using System.Runtime.CompilerServices;
using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>A directive that is one of a few words, in any case. Two words may mean the same; the first of them is shown.</summary>
/// <typeparam name="T">An enumeration of 32 bits, which is all that the base does not know: code for each is compiled at every start.</typeparam>
public sealed class ChoiceDirective<T>(
    string name, ConfigField<T> field, T defaultValue, (string Word, T Value)[] choices, DirectiveTraits? traits = null)
    : ChoiceDirective(name, Words(choices), Values(choices), Number(defaultValue), traits)
    where T : struct, Enum
{
    private protected override ref int Field(ServerConfig config) => ref Unsafe.As<T, int>(ref field(config));

    private static int Number(T value) => Unsafe.BitCast<T, int>(value);

    private static string[] Words((string Word, T Value)[] choices)
    {
        var words = new string[choices.Length];
        for (var i = 0; i < words.Length; i++) words[i] = choices[i].Word;
        return words;
    }

    private static int[] Values((string Word, T Value)[] choices)
    {
        var values = new int[choices.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Number(choices[i].Value);
        return values;
    }
}

/// <summary>What all of them do.</summary>
public abstract class ChoiceDirective : Directive
{
    private readonly string[] _words;
    private readonly int[] _values;
    private readonly int _defaultValue;
    private readonly string _refusal;

    private protected ChoiceDirective(string name, string[] words, int[] values, int defaultValue, DirectiveTraits? traits)
        : base(name, traits ?? NoTraits)
    {
        (_words, _values, _defaultValue) = (words, values, defaultValue);
        _refusal = "argument(s) must be one of the following: " + string.Join(", ", words);
    }

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => Field(config) = _defaultValue;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => Field(config) == _defaultValue;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            if (!_words[i].Equals(arguments[0], StringComparison.OrdinalIgnoreCase)) continue;
            error = "";
            ref var value = ref Field(config);
            if (value == _values[i]) return SetOutcome.Unchanged;
            value = _values[i];
            return SetOutcome.Changed;
        }

        error = _refusal;
        return SetOutcome.Failed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        var place = Array.IndexOf(_values, Field(config));
        return place < 0 ? "unknown" : _words[place];
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) => file.Write(Name, $"{Name} {Get(config)}", Field(config) != _defaultValue);

    private protected abstract ref int Field(ServerConfig config);
}
