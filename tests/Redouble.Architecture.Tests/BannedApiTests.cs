using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Redouble.Architecture.Tests;

/// <summary>
/// The ban of clocks, random numbers, files, threads and sockets below the server, checked a second time on the compiled assemblies: what an
/// analyzer forbids can be silenced at a line, what an assembly names cannot.
/// </summary>
public sealed class BannedApiTests
{
    public static TheoryData<string> BelowServer => new(Layers.BelowServer);

    [Theory]
    [MemberData(nameof(BelowServer))]
    public void Assemblies_below_the_server_name_no_banned_api(string name)
    {
        using FileStream assembly = File.OpenRead(Layers.AssemblyPath(name));
        Offences.AssertNone($"{name} uses what src/BannedSymbols.txt bans:", BannedApis.UsedBy(assembly));
    }

    [Fact]
    public void A_planted_use_of_each_kind_is_found()
    {
        const string Planted = """
            public class Planted
            {
                public long Property() => System.Environment.TickCount64;
                public System.Guid Method() => System.Guid.NewGuid();
                public System.Random? Type;
                public int Allowed() => System.Environment.ProcessorCount;
            }
            """;
        CSharpCompilation compilation = CSharpCompilation.Create("planted", [CSharpSyntaxTree.ParseText(Planted)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)], new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using MemoryStream assembly = new();
        Assert.True(compilation.Emit(assembly).Success);
        assembly.Position = 0;
        Assert.Equal(["System.Environment.TickCount64", "System.Guid.NewGuid", "System.Random"], BannedApis.UsedBy(assembly).Order());
    }

    [Fact]
    public void Nobody_silences_the_analyzer()
    {
        IEnumerable<string> offenders = Repository.Files
            .Where(file => file.IsProduct && file.Text.Contains("RS0030", StringComparison.Ordinal))
            .Select(file => file.Path);
        Offences.AssertNone("RS0030 may not be silenced; take the interface of Redouble.Core.Platform as a constructor argument:", offenders);
        Assert.Contains("dotnet_diagnostic.RS0030.severity = error", Repository.Get(".editorconfig").Text);
    }

    [Fact]
    public void The_list_reaches_every_project_below_the_server()
    {
        string[] exempt = ["Redouble.Server", "Redouble", "Redouble.Generators"];
        string condition = string.Join(" and ", exempt.Select(name => $"'$(MSBuildProjectName)' != '{name}'"));
        System.Xml.Linq.XDocument properties = System.Xml.Linq.XDocument.Parse(Repository.Get("src/Directory.Build.props").Text);
        System.Xml.Linq.XElement list = Assert.Single(properties.Descendants("AdditionalFiles"));
        Assert.EndsWith("BannedSymbols.txt", (string)list.Attribute("Include")!);
        Assert.Equal(condition, (string)list.Parent!.Attribute("Condition")!);
        foreach (string name in Layers.BelowServer)
        {
            Assert.DoesNotContain(Layers.Project(name).Descendants(), element => element.Name.LocalName is "NoWarn" or "RunAnalyzers");
        }
    }
}
