using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Redouble.Architecture.Tests;

/// <summary>Reads src/BannedSymbols.txt ("T:type;why", "P:type.property;why", "M:type.method;why") and finds its symbols in an assembly's metadata.</summary>
internal static class BannedApis
{
    public static IEnumerable<string> UsedBy(Stream assembly)
    {
        using PEReader file = new(assembly, PEStreamOptions.LeaveOpen);
        MetadataReader metadata = file.GetMetadataReader();
        HashSet<string> named = [];
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            named.Add(NameOf(metadata, handle));
        }

        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference)
            {
                string name = metadata.GetString(member.Name);
                named.Add($"{NameOf(metadata, (TypeReferenceHandle)member.Parent)}.{(name.StartsWith("get_", StringComparison.Ordinal) ? name[4..] : name)}");
            }
        }

        return [.. Symbols().Where(named.Contains)];
    }

    private static IEnumerable<string> Symbols() =>
        Repository.Get("src/BannedSymbols.txt").Lines
            .Where(line => line.Length > 2 && line[1] == ':')
            .Select(line => line[2..line.IndexOf(';')].Split('(')[0]);

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
