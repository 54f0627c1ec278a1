namespace Redouble.Engine.Commands.Table;
public static class CommandTable { public static CommandInfo[] Infos => []; public const int Count = 1; public static int Find(ReadOnlySpan<byte> n) => -1; public static int FindSub(int c, ReadOnlySpan<byte> n) => -1; public static void Execute(int id, Redouble.Engine.Execution.CommandContext c) {} }
public static class CommandId { public const int Exec = 1, Set = 2; }
