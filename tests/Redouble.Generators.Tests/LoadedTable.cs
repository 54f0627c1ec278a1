using System.Reflection;
using System.Text;

namespace Redouble.Generators.Tests;

/// <summary>The generated <c>CommandTable</c> of an assembly compiled in memory, called by reflection.</summary>
internal sealed class LoadedTable
{
    private readonly Type _table;
    private readonly Finder _find;
    private readonly SubFinder _findSub;
    private readonly object[] _infos;

    public LoadedTable(GeneratedTable generated)
    {
        var assembly = generated.Load();
        _table = assembly.GetType("Redouble.Engine.Commands.Table.CommandTable")!;
        _find = _table.GetMethod("Find")!.CreateDelegate<Finder>();
        _findSub = _table.GetMethod("FindSub")!.CreateDelegate<SubFinder>();
        _infos = (object[])_table.GetField("s_infos", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        Context = assembly.GetType("Redouble.Engine.Execution.CommandContext")!;
        Ids = assembly.GetType("Redouble.Engine.Commands.Table.CommandId")!;
    }

    private delegate int Finder(ReadOnlySpan<byte> name);

    private delegate int SubFinder(int containerId, ReadOnlySpan<byte> name);

    public Type Context { get; }

    public Type Ids { get; }

    public int Count => _infos.Length;

    public int Find(string name) => _find(Encoding.Latin1.GetBytes(name));

    public int FindSub(int containerId, string name) => _findSub(containerId, Encoding.Latin1.GetBytes(name));

    /// <summary>Runs a command; the name that its method left in the context.</summary>
    public string? Execute(int id)
    {
        var context = Activator.CreateInstance(Context);
        _table.GetMethod("Execute", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, [id, context]);
        return (string?)Context.GetField("Ran")!.GetValue(context);
    }

    /// <summary>A property of a command's info.</summary>
    public object? Info(int id, string property) => Property(_infos[id], property);

    /// <summary>A command's documentation, with its argument tree written as text.</summary>
    public object Docs(int id) => _table.GetMethod("DocsOf")!.Invoke(null, [id])!;

    public static object? Property(object instance, string property) => instance.GetType().GetProperty(property)!.GetValue(instance);
}
