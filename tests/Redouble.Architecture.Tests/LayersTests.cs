using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Redouble.Architecture.Tests;

public sealed class LayersTests
{
    public static TheoryData<string> Projects => new(Layers.MayUse.Keys);

    public static TheoryData<string> Assemblies => new(Layers.Assemblies);

    [Fact]
    public void Every_project_in_src_has_its_place()
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)!);
        Assert.Equal(Layers.MayUse.Keys.Order(), folders.Order());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_files_refer_downwards_only(string name)
    {
        IEnumerable<string> offenders = Layers.Project(name).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("OutputItemType") != "Analyzer")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .Where(target => !Layers.MayUse[name].Contains(target));
        Offences.AssertNone($"{name} may refer only to {string.Join(", ", Layers.MayUse[name])}; it refers to:", offenders);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Compiled_assemblies_refer_downwards_only(string name)
    {
        using PEReader assembly = new(File.OpenRead(Layers.AssemblyPath(name)));
        MetadataReader metadata = assembly.GetMetadataReader();
        IEnumerable<string> offenders = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(target => target.StartsWith("Redouble", StringComparison.OrdinalIgnoreCase) && !Layers.MayUse[name].Contains(target));
        Offences.AssertNone($"{name} was compiled against layers above it:", offenders);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_generator_is_used_as_a_compiler_plug_in_only(string name)
    {
        IEnumerable<XElement> references = Layers.Project(name).Descendants("ProjectReference")
            .Where(reference => ((string)reference.Attribute("Include")!).Contains("Redouble.Generators"));
        Assert.All(references, reference =>
        {
            Assert.Equal("Analyzer", (string?)reference.Attribute("OutputItemType"));
            Assert.Equal("false", (string?)reference.Attribute("ReferenceOutputAssembly"));
        });
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string[] listed = [.. XDocument.Parse(Repository.Get("Redouble.slnx").Text).Descendants("Project")
            .Select(project => (string)project.Attribute("Path")!)];
        string[] present = [.. Repository.Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).Select(file => file.Path)];
        Offences.AssertNone("Not in Redouble.slnx, so neither built nor tested:", present.Except(listed));
        Offences.AssertNone("In Redouble.slnx, but not in the tree:", listed.Except(present));
    }
}
