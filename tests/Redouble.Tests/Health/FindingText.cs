using Redouble.Health;

namespace Redouble.Tests.Health;

internal static class FindingText
{
    /// <summary>A finding in one line.</summary>
    public static string ToText(this Finding finding) => $"{finding.Severity} {finding}";
}
