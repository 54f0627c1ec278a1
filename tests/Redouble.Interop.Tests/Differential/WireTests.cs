using System.Net.Sockets;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Bytes as they are, well-formed and not: both servers must answer with the same bytes and close, or not, alike.</summary>
public sealed class WireTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const string HostHeader = "HTTP host header";

    private static readonly Dictionary<string, string> Cases = new()
    {
        ["one command"] = "*1\r\n$4\r\nPING\r\n",
        ["pipelined"] = "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\nPING\r\n",
        ["inline"] = "PING\r\n",
        ["inline, lone line feed"] = "PING\nPING\n",
        ["inline, empty lines"] = "\r\n\n   \r\nPING\r\n",
        ["inline quoting"] = "ECHO \"a b\\x41\\n\\\"\"\r\nECHO 'it\\'s \\n'\r\nECHO \"\"\r\n",
        ["inline, unbalanced double quote"] = "ECHO \"abc\r\nPING\r\n",
        ["inline, unbalanced single quote"] = "ECHO 'abc\r\nPING\r\n",
        ["inline, quote not followed by a blank"] = "ECHO \"a\"b\r\nPING\r\n",
        ["inline, unknown command"] = "nosuch a b\r\n",
        ["inline, zero byte"] = "ECHO a\0b\r\n",
        ["inline, tabs and blanks"] = "  ECHO\t\thello  \r\n",
        ["inline too long"] = new string('x', 70_000),
        ["inline too long with an end"] = "ECHO " + new string('x', 70_000) + "\r\n",
        ["empty array"] = "*0\r\n*1\r\n$4\r\nPING\r\n",
        ["null array"] = "*-1\r\n*1\r\n$4\r\nPING\r\n",
        ["array of negative length"] = "*-10\r\n*1\r\n$4\r\nPING\r\n",
        ["array length not a number"] = "*abc\r\nPING\r\n",
        ["array length empty"] = "*\r\nPING\r\n",
        ["array length with a sign"] = "*+1\r\n$4\r\nPING\r\n",
        ["array length with a zero"] = "*01\r\n$4\r\nPING\r\n",
        ["array too long"] = "*2147483648\r\nPING\r\n",
        ["array of 1048577"] = "*1048577\r\n",
        ["array length without end"] = "*" + new string('1', 70_000),
        ["no dollar"] = "*1\r\nPING\r\n",
        ["no dollar but a colon"] = "*2\r\n$4\r\nECHO\r\n:5\r\n",
        ["no dollar but a control byte"] = "*1\r\n\u0001\r\n",
        ["bulk length not a number"] = "*1\r\n$abc\r\nPING\r\n",
        ["bulk length negative"] = "*1\r\n$-1\r\nPING\r\n",
        ["bulk length empty"] = "*1\r\n$\r\nPING\r\n",
        ["bulk too long"] = "*2\r\n$4\r\nECHO\r\n$536870913\r\n",
        ["bulk length out of range"] = "*2\r\n$4\r\nECHO\r\n$9223372036854775808\r\n",
        ["bulk length without end"] = "*1\r\n$" + new string('1', 70_000),
        ["bulk not followed by a line end"] = "*2\r\n$4\r\nECHO\r\n$2\r\nhixx*1\r\n$4\r\nPING\r\n",
        ["bulk of length 0"] = "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
        ["empty command name"] = "*1\r\n$0\r\n\r\n",
        ["half a command"] = "*1\r\n$4\r\nPI",
        ["half a command after a whole one"] = "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nEC",
        ["error after a good command"] = "*1\r\n$4\r\nPING\r\n*1\r\nx\r\n*1\r\n$4\r\nPING\r\n",
        ["HTTP request"] = "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        [HostHeader] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nPING\r\n",
        ["after QUIT nothing runs"] = "QUIT\r\nPING\r\n",
        ["error inside MULTI"] = "MULTI\r\nnosuch\r\nEXEC\r\nPING\r\n",
        ["REPLY OFF and ON"] = "CLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\n",
        ["REPLY SKIP"] = "CLIENT REPLY SKIP\r\nPING\r\nPING\r\n",
        ["REPLY SKIP of a RESET"] = "CLIENT REPLY SKIP\r\nRESET\r\nPING\r\n",
        ["a limit of four bytes"] =
            "CONFIG SET client-output-buffer-limit \"normal 4 0 0\"\r\nPING\r\nCONFIG SET client-output-buffer-limit \"normal 0 0 0\"\r\n",
        ["REPLY SKIP twice"] = "CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\nPING\r\n",
        ["REPLY OFF and an error"] = "CLIENT REPLY OFF\r\nnosuch\r\nCLIENT REPLY ON\r\n",
        ["RESP3 nulls"] = "HELLO 3 SETNAME \r\nGET nosuch\r\nHELLO x\r\n",
        ["null bulk and null array"] = "GET nosuch\r\nMGET nosuch\r\nSET k v\r\nWATCH k\r\nSET k w\r\nMULTI\r\nEXEC\r\nFLUSHALL\r\n",
    };

    private static readonly Dictionary<string, string> Unauthenticated = new()
    {
        ["ten arguments"] = "*10\r\n$4\r\nECHO\r\n" + string.Concat(Enumerable.Repeat("$1\r\na\r\n", 9)),
        ["eleven arguments"] = "*11\r\n$4\r\nECHO\r\n",
        ["bulk of 16384"] = "*2\r\n$4\r\nECHO\r\n$16384\r\n" + new string('x', 16384) + "\r\n",
        ["bulk of 16385"] = "*2\r\n$4\r\nECHO\r\n$16385\r\n",
        ["denied"] = "GET k\r\nPING\r\nnosuch\r\nCLIENT ID\r\nSET a\r\n",
        ["allowed"] = "HELLO 3 AUTH default wrong\r\nAUTH wrong\r\nAUTH default\r\nRESET\r\nQUIT\r\n",
        ["HELLO without AUTH"] = "HELLO 9\r\nHELLO abc\r\n",
    };

    public static TheoryData<string> Table() => [.. Cases.Keys];

    /// <summary>
    /// Without the host header: it closes at once and drops what is not sent yet, so that it depends on how many bytes a server finds
    /// at its next turn whether the error of the line before gets out.
    /// </summary>
    public static TheoryData<string> TableOfPieces() => [.. Cases.Keys.Where(name => name != HostHeader)];

    public static TheoryData<string> UnauthenticatedTable() => [.. Unauthenticated.Keys];

    [PairTheory]
    [MemberData(nameof(Table))]
    public void SameBytes(string name) => Compare(Cases[name]);

    [PairTheory]
    [MemberData(nameof(TableOfPieces))]
    public void SameBytesWhenEveryByteComesAlone(string name)
    {
        string input = Cases[name];
        bool pieces = input.Length < 1000;
        string expected = Answer(pair.Oracle.Port, input, pieces);
        string actual = Answer(pair.Subject.Port, input, pieces);
        Assert.Equal(Latin1.Quote(expected), Latin1.Quote(actual));
    }

    [PairFact]
    public void AHostHeaderAfterAnAnsweredLineClosesWithoutAWord()
    {
        Assert.Equal(HostHeaderAfterALine(pair.Oracle.Port), HostHeaderAfterALine(pair.Subject.Port));

        static string HostHeaderAfterALine(int port)
        {
            using var client = new RespClient(port, timeoutMs: 3000);
            client.SendRaw("GET / HTTP/1.1\r\n");
            string answer = client.Read().ToString();
            client.SendRaw("Host: localhost\r\n");
            Assert.True(client.IsClosedByServer());
            return answer;
        }
    }

    [PairTheory]
    [MemberData(nameof(UnauthenticatedTable))]
    public void SameBytesBeforeAuthentication(string name)
    {
        using var control = new Couple(pair);
        control.Both("CONFIG", "SET", "requirepass", "secret");
        try
        {
            Compare(Unauthenticated[name]);
        }
        finally
        {
            control.Both("CONFIG", "SET", "requirepass", "");
        }
    }

    private static string Answer(int port, string input, bool pieces)
    {
        using var client = new RespClient(port, timeoutMs: 3000);
        try
        {
            if (pieces)
            {
                foreach (char c in input)
                {
                    client.SendRaw([(byte)c]);
                    Thread.Yield();
                }
            }
            else
            {
                client.SendRaw(input);
            }

            // Nothing more comes from us: the server closes after it has answered what was complete.
            client.ShutdownSend();
        }
        catch (SocketException)
        {
            // Closed before the end of the input; what it said before is compared.
        }

        return Latin1.Text(client.Reader.ReadToEnd());
    }

    private void Compare(string input)
    {
        string expected = Answer(pair.Oracle.Port, input, pieces: false);
        string actual = Answer(pair.Subject.Port, input, pieces: false);
        Assert.Equal(Latin1.Quote(expected), Latin1.Quote(actual));
    }
}
