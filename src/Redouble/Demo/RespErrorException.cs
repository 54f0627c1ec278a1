namespace Redouble.Demo;

/// <summary>The server answered with an error; the message is its text.</summary>
internal sealed class RespErrorException(string message) : Exception(message);
