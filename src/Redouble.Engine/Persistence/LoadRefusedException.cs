namespace Redouble.Engine.Persistence;

/// <summary>The data set cannot be loaded, and the log has been told why in as many lines as it takes.</summary>
public sealed class LoadRefusedException(string message) : IOException(message);
