using Redouble.Engine.Configuration.Rewriting;

namespace Redouble.Engine.Configuration.Directives;

/// <summary><c>shutdown-on-sigint</c>, <c>shutdown-on-sigterm</c>: several words that add up.</summary>
public sealed class ShutdownOptionsDirective(string name, ConfigField<ShutdownOptions> field)
    : Directive(name, new DirectiveTraits(DirectiveFlags.MultiArgument))
{
    private static readonly (string Word, ShutdownOptions Value)[] Words =
    [
        ("default", ShutdownOptions.Default), ("save", ShutdownOptions.Save), ("nosave", ShutdownOptions.NoSave),
        ("now", ShutdownOptions.Now), ("force", ShutdownOptions.Force),
    ];

    /// <inheritdoc/>
    public override void Reset(ServerConfig config) => field(config) = ShutdownOptions.Default;

    /// <inheritdoc/>
    public override bool IsDefault(ServerConfig config) => field(config) == ShutdownOptions.Default;

    /// <inheritdoc/>
    public override SetOutcome Set(ServerConfig config, ReadOnlySpan<string> arguments, SetSource source, out string error)
    {
        ShutdownOptions sum = ShutdownOptions.Default;
        bool known = arguments.Length > 0;
        foreach (string argument in arguments)
        {
            int index = Array.FindIndex(Words, choice => choice.Word.Equals(argument, StringComparison.OrdinalIgnoreCase));
            known &= index >= 0;
            if (index >= 0) sum |= Words[index].Value;
        }

        error = "";
        if (!known) error = "argument(s) must be one of the following: default, save, nosave, now, force";
        else if (sum.HasFlag(ShutdownOptions.Save | ShutdownOptions.NoSave)) error = "shutdown options SAVE and NOSAVE can't be used simultaneously";
        if (error.Length > 0) return SetOutcome.Failed;
        ref ShutdownOptions value = ref field(config);
        if (value == sum) return SetOutcome.Unchanged;
        value = sum;
        return SetOutcome.Changed;
    }

    /// <inheritdoc/>
    public override string Get(ServerConfig config)
    {
        ShutdownOptions value = field(config);
        if (value == ShutdownOptions.Default) return "default";
        return string.Join(' ', Words.Skip(1).Where(choice => value.HasFlag(choice.Value)).Select(static choice => choice.Word));
    }

    /// <inheritdoc/>
    public override void Rewrite(ServerConfig config, RewriteFile file) => file.Write(Name, $"{Name} {Get(config)}", !IsDefault(config));
}
