#if !GUARDED
using System.Diagnostics;
using System.Reflection;
using Redouble.Storage.Keyspace;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>What guards a guarded build costs the others nothing: neither a field nor a call is left of it.</summary>
public sealed class UnguardedBuildTests
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const byte Call = 0x28;
    private const byte CallVirtual = 0x6F;

    private static readonly Assembly Storage = typeof(ReadRecord).Assembly;

    [Fact]
    public void The_guards_are_not_there()
    {
        Assert.DoesNotContain(Storage.GetTypes(), type => type.Name.EndsWith("Guard", StringComparison.Ordinal));
        Assert.Single(typeof(ReadRecord).GetFields(Declared));
        Assert.Equal(4, typeof(WriteRecord).GetFields(Declared).Length);
    }

    [Fact]
    public void Nobody_calls_what_is_for_guarded_builds()
    {
        var methods = Storage.GetTypes().SelectMany(type => type.GetMethods(Declared)).ToArray();
        var guards = methods.Where(method => method.GetCustomAttributes<ConditionalAttribute>().Any(condition => condition.ConditionString == "GUARDED"))
            .Select(method => method.MetadataToken).ToHashSet();
        Assert.True(guards.Count >= 5);
        Assert.DoesNotContain(methods, method => Calls(method).Any(guards.Contains));
        // The search finds calls where there are some.
        var tie = methods.Single(method => method.Name == "Delete" && method.DeclaringType == typeof(Database));
        Assert.Contains(Calls(tie), token => token == methods.Single(method => method.Name == "BeforeChange" && method.DeclaringType == typeof(Redouble.Storage.Keyspace.Keyspace)).MetadataToken);
    }

    private static IEnumerable<int> Calls(MethodInfo method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < code.Length; i++)
        {
            if (code[i] is Call or CallVirtual) yield return BitConverter.ToInt32(code, i + 1);
        }
    }
}
#endif
