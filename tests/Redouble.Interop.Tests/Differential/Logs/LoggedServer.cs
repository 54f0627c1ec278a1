using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Logs;

/// <summary>A server whose log is read scene by scene.</summary>
internal sealed class LoggedServer(Scenario scenario, ServerKind kind, string name, params string[] directives)
{
    private readonly List<string> _story = [];
    private int _read;
    private RespClient? _client;

    /// <summary>Everything so far, as it is compared.</summary>
    public IReadOnlyList<string> Story => _story;

    public ServerProcess Process { get; } = scenario.Create(kind, name, ["--loglevel", "debug", .. directives]);

    /// <summary>Starts it, with further directives, and waits for no more than the line that says it is ready: a client would be in the log.</summary>
    public LoggedServer Start(string until = "Ready to accept connections")
    {
        Process.Launch();
        Wait(until);
        return this;
    }

    /// <summary>A command on the one connection that is kept.</summary>
    public Reply Call(params string[] words) => (_client ??= scenario.Connect(Process)).Call(words);

    /// <summary>A connection of its own.</summary>
    public RespClient Connect() => scenario.Connect(Process);

    /// <summary>SHUTDOWN, and the end of the process.</summary>
    public int Shutdown(params string[] words)
    {
        (_client ??= scenario.Connect(Process)).Send(["SHUTDOWN", .. words]);
        _client = null;
        return Process.WaitForExit();
    }

    /// <summary>A signal, and the end of the process.</summary>
    public int End(string signal)
    {
        Process.Signal(signal);
        _client = null;
        return Process.WaitForExit();
    }

    /// <summary>Waits until this scene's part of the log has a text, so many times.</summary>
    public void Wait(string text, int times = 1) => Poll.Until(
        $"{Process.Name} to log \"{text}\" {times} times", () => Part().Split(text).Length > times, 20_000, () => Process.LogTail());

    /// <summary>A scene ends: what was logged in it is part of the story.</summary>
    public void Scene(string title) => SceneWithout(title, static line => line);

    /// <summary>A scene that ends with the line that has <paramref name="text"/>: what comes of trying again, and how soon, is not compared.</summary>
    public void SceneUntil(string title, string text)
    {
        Scene(title);
        int last = _story.FindIndex(_story.LastIndexOf($"--- {title}"), line => line.Contains(text, StringComparison.Ordinal));
        _story.RemoveRange(last + 1, _story.Count - last - 1);
    }

    /// <summary>The same with each line as <paramref name="part"/> leaves it.</summary>
    public void SceneWithout(string title, Func<string, string> part)
    {
        string written = Part();
        _read += written.Length;
        bool isRedis70 = kind == ServerKind.Redis && Peers.RedisVersion!.StartsWith("7.0", StringComparison.Ordinal);
        _story.Add($"--- {title}");
        _story.AddRange(LogText.Lines(written, isRedis70).Select(part));
    }

    private string Part() => Process.Log()[_read..];
}
