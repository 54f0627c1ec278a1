using System.Xml.Linq;

namespace Redouble.Architecture.Tests;

public sealed class PackagesTests
{
    [Fact]
    public void Every_package_states_its_purpose()
    {
        List<string> offenders = [];
        foreach (XElement group in XDocument.Parse(Repository.Get("Directory.Packages.props").Text).Descendants("ItemGroup"))
        {
            bool explained = false;
            foreach (XNode node in group.Nodes())
            {
                explained |= node is XComment comment && comment.Value.Trim().Length > 10;
                if (node is XElement package && !explained)
                {
                    offenders.Add((string)package.Attribute("Include")!);
                }
            }
        }

        Offences.AssertNone("A comment above a package, or above its group, says what it is for:", offenders);
    }

    [Fact]
    public void Versions_are_stated_in_one_place()
    {
        IEnumerable<string> offenders =
            from file in Repository.Files
            where file.Path.EndsWith(".csproj", StringComparison.Ordinal) || file.Path.EndsWith("Directory.Build.props", StringComparison.Ordinal)
            from package in XDocument.Parse(file.Text).Descendants("PackageReference")
            where package.Attribute("Version") != null || package.Attribute("VersionOverride") != null
            select $"{file.Path} {(string?)package.Attribute("Include")}";
        Offences.AssertNone("Versions belong into Directory.Packages.props:", offenders);
    }
}
