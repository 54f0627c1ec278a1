using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Tracking;

/// <summary>A node with a writer and clients that track.</summary>
internal sealed class TrackingNode : IDisposable
{
    private readonly EngineNode _node;

    public TrackingNode(params string[] directives) => _node = new EngineNode(["save ", .. directives]);

    public EngineNode Engine => _node;

    public Node Node => _node.Node;

    /// <summary>A client that speaks RESP3 and has said CLIENT TRACKING ON with the options.</summary>
    public Session Tracker(string options = "")
    {
        var session = Resp3();
        Assert.Equal("+OK|", _node.Do($"CLIENT TRACKING ON{(options.Length > 0 ? " " : "")}{options}", session));
        return session;
    }

    public Session Resp3()
    {
        var session = _node.Connect();
        _node.Do("HELLO 3", session);
        return session;
    }

    public string Do(string command, Session? session = null) => _node.Do(command, session);

    /// <summary>Ends the turn and returns what the session has been told.</summary>
    public string Told(Session session)
    {
        Node.EndTurn();
        return _node.Take(session);
    }

    /// <summary>The message that these keys are not valid any more.</summary>
    public static string Invalid(params string[] keys) =>
        $">2|$10|invalidate|*{keys.Length}|{string.Concat(keys.Select(key => $"${key.Length}|{key}|"))}";

    public const string AllInvalid = ">2|$10|invalidate|_|";

    public void Dispose() => _node.Dispose();
}
