using System.Security.Cryptography;
using Redouble.Engine.Configuration;

namespace Redouble.Engine.Sessions;

/// <summary>Who a session is: the user <c>default</c> with the password of <c>requirepass</c>.</summary>
public static class Authentication
{
    /// <summary>Reply to a wrong name or password.</summary>
    public const string Refusal = "WRONGPASS invalid username-password pair or user is disabled.";

    /// <summary>Makes the session the named user's if the password is right. Takes as long for a wrong password as for the right one.</summary>
    public static bool TryAuthenticate(Node node, Session session, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (!IsValid(node.Config, user, password))
        {
            node.Stats.AuthenticationsRefused++;
            return false;
        }

        session.User = "default";
        session.IsLetIn = true;
        Update(node, session);
        return true;
    }

    /// <summary>A session that has said nothing yet, be it a new one or after RESET: it is let in for good where there is no password.</summary>
    public static void Begin(Node node, Session session)
    {
        session.IsLetIn = node.Config.RequirePass.Length == 0;
        Update(node, session);
    }

    /// <summary><c>requirepass</c> was set. Sessions that were let in stay in; while there is no password everybody is in.</summary>
    public static void PasswordChanged(Node node)
    {
        for (var slot = 0; slot < node.Sessions.Top; slot++)
        {
            if (node.Sessions[slot] is { } session) Update(node, session);
        }
    }

    /// <summary>
    /// Why a session cannot have this name (CLIENT SETNAME, SETINFO): it has only printable characters and no blanks, and as CLIENT LIST shows it, it is no
    /// longer than 64 KB, which Redis does not ask for. Null when it can.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What it is, as the error names it.</param>
    public static string? RefusalOfName(ReadOnlySpan<byte> name, string what)
    {
        const int longest = 64 * 1024;
        if (name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0) return $"ERR {what} cannot contain spaces, newlines or special characters.";
        return name.Length <= longest ? null : $"ERR {what} cannot be longer than {longest} bytes, and this would be of {name.Length}.";
    }

    private static void Update(Node node, Session session)
    {
        session.IsAuthenticated = session.IsLetIn || node.Config.RequirePass.Length == 0;
        session.UpdateRefuseMask();
    }

    private static bool IsValid(ServerConfig config, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (!user.SequenceEqual("default"u8)) return false;
        if (config.RequirePass.Length == 0) return true;
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(ConfigText.ToBytes(config.RequirePass)), SHA256.HashData(password));
    }
}
