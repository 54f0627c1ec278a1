using System.Globalization;
using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>How a number is written.</summary>
public enum NumberForm
{
    /// <summary>A canonical decimal integer: no sign but '-', no leading zeros.</summary>
    Integer,

    /// <summary>Bytes with an optional unit (<c>64mb</c>).</summary>
    Memory,

    /// <summary>Bytes, or a percentage, which is kept negative: <c>10%</c> is -10.</summary>
    MemoryOrPercent,

    /// <summary>An octal integer (file modes).</summary>
    Octal,
}

/// <summary>A directive that is a number within a range. All of them are kept as 64 bits.</summary>
public sealed class NumberDirective(
    string name, ConfigField<long> field, long defaultValue, long min, long max, NumberForm form, DirectiveTraits? traits = null)
    : Directive(name, traits ?? NoTraits)
{
    /// <summary>The 64 bits are unsigned: any memory value is within range.</summary>
    public bool Unsigned { get; init; }

    /// <summary>Values outside of these bounds are accepted and moved to the nearer one (<c>hz</c>); null for none.</summary>
    public (long Low, long High)? Clamp { get; init; }

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => field(config) = defaultValue;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => field(config) == defaultValue;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        error = Read(arguments[0], out long number);
        if (error.Length == 0) error = Range(number);
        if (error.Length > 0) return SetOutcome.Failed;
        if (Clamp is var (low, high)) number = Math.Clamp(number, low, high);
        ref long value = ref field(config);
        if (value == number) return SetOutcome.Unchanged;
        value = number;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        long value = field(config);
        if (Unsigned) return ((ulong)value).ToString(CultureInfo.InvariantCulture);
        if (form == NumberForm.Octal) return Octal(value);
        if (form == NumberForm.MemoryOrPercent && value < 0) return $"{-value}%";
        return value.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file)
    {
        long value = field(config);
        bool inUnits = form is NumberForm.Memory or NumberForm.MemoryOrPercent && value > 0;
        file.Write(Name, $"{Name} {(inUnits ? MemoryText.Format(value) : Get(config))}", !IsDefault(config));
    }

    private string Read(string text, out long number)
    {
        switch (form)
        {
            case NumberForm.MemoryOrPercent when text.Length > 1 && text[^1] == '%':
                if (!IntegerText.TryParse(text[..^1], out number) || number < 0) return "argument must be a memory or percent value";
                number = -number;
                return "";
            case NumberForm.Memory or NumberForm.MemoryOrPercent:
                bool isMemory = MemoryText.TryParse(text, out ulong bytes);
                number = unchecked((long)bytes);
                if (isMemory) return "";
                return form == NumberForm.Memory ? "argument must be a memory value" : "argument must be a memory or percent value";
            case NumberForm.Octal:
                return IntegerText.TryParseOctal(text, out number) ? "" : "argument couldn't be parsed as an octal number";
            default:
                return IntegerText.TryParse(text, out number) ? "" : "argument couldn't be parsed into an integer";
        }
    }

    private string Range(long number)
    {
        if (Unsigned) return "";
        if (form == NumberForm.MemoryOrPercent && number < 0) return number < -100 ? "percentage argument must be less or equal to 100" : "";
        if (number >= min && number <= max) return "";
        return form == NumberForm.Octal
            ? $"argument must be between {Octal(min)} and {Octal(max)} inclusive"
            : $"argument must be between {min} and {max} inclusive";
    }

    private static string Octal(long value) => Convert.ToString(value, 8);
}
