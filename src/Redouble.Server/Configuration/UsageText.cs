namespace Redouble.Server.Configuration;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
public static class UsageText
{
    /// <summary>The usage; <paramref name="program"/> is how the server is called.</summary>
    public static string Help(string program) =>
        $"""
        Usage: {program} [/path/to/redis.conf] [--directive value …] [-]
               {program} -                  read the configuration from standard input
               {program} -v or --version
               {program} -h or --help
               {program} --test-memory <megabytes>
               {program} --check-system     look for settings of the operating system that hurt

        The file, standard input and the options are read in this order; the last word on a directive counts.

        Examples:
               {program} /etc/redis/6379.conf
               {program} --port 7777 --replicaof 127.0.0.1 8888
               {program} redis.conf --loglevel verbose --save ''
               echo 'maxmemory 128mb' | {program} -

        """;

    /// <summary>One line in the form that scripts take apart: <c>v=</c>, <c>sha=</c>, <c>malloc=</c>, <c>bits=</c>, <c>build=</c>.</summary>
    public static string Version(string redisVersion, string redoubleVersion, string build) =>
        $"Redis server v={redisVersion} sha=00000000:0 malloc=redouble-{redoubleVersion} bits=64 build={build}";
}
