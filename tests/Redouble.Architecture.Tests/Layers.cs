using System.Xml.Linq;

namespace Redouble.Architecture.Tests;

/// <summary>
/// The projects and the one direction in which they refer to each other:
/// <code>
///   Core ← Protocol ←┐
///   Core ← Storage  ←┴ Persistence ← Replication ← Engine ← Server ← Redouble          Generators: a compiler plug-in, refers to none
/// </code>
/// </summary>
internal static class Layers
{
    /// <summary>For each project the projects whose types it may name.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> MayUse = new Dictionary<string, string[]>
    {
        ["Redouble.Core"] = [],
        ["Redouble.Protocol"] = ["Redouble.Core"],
        ["Redouble.Storage"] = ["Redouble.Core"],
        ["Redouble.Persistence"] = ["Redouble.Core", "Redouble.Protocol", "Redouble.Storage"],
        ["Redouble.Replication"] = ["Redouble.Core", "Redouble.Protocol", "Redouble.Storage", "Redouble.Persistence"],
        ["Redouble.Engine"] = ["Redouble.Core", "Redouble.Protocol", "Redouble.Storage", "Redouble.Persistence", "Redouble.Replication"],
        ["Redouble.Server"] = ["Redouble.Core", "Redouble.Protocol", "Redouble.Storage", "Redouble.Persistence", "Redouble.Replication", "Redouble.Engine"],
        ["Redouble"] =
            ["Redouble.Core", "Redouble.Protocol", "Redouble.Storage", "Redouble.Persistence", "Redouble.Replication", "Redouble.Engine", "Redouble.Server"],
        ["Redouble.Generators"] = [],
    };

    /// <summary>The projects that are built into the server, by assembly name.</summary>
    public static IEnumerable<string> Assemblies => MayUse.Keys.Where(name => name != "Redouble.Generators");

    /// <summary>The projects that may not touch clocks, random numbers, files, threads and sockets.</summary>
    public static IEnumerable<string> BelowServer => Assemblies.Where(name => name is not ("Redouble.Server" or "Redouble"));

    /// <summary>The file of a built assembly, beside the tests.</summary>
    public static string AssemblyPath(string name) => Path.Combine(AppContext.BaseDirectory, (name == "Redouble" ? "redouble" : name) + ".dll");

    public static XDocument Project(string name) => XDocument.Parse(Repository.Get($"src/{name}/{name}.csproj").Text);
}
