namespace Redouble.Health;

/// <summary>Something that the operator should know.</summary>
/// <param name="Severity">A note has <see cref="Severity.Ok"/>.</param>
/// <param name="Node">Whom it is about; empty for all of them.</param>
/// <param name="Text">What, in a few words.</param>
internal sealed record Finding(Severity Severity, string Node, string Text)
{
    public override string ToString() => Node.Length == 0 ? Text : $"{Node}: {Text}";
}
