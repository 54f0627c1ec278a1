namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Scripts about what comes first of equal elements. Redis sorts all of them with a sort that keeps their order, or a part of them with one that does
/// not and takes other ways from 7 and from 41 elements on.
/// </summary>
internal static class EqualOrderScripts
{
    /// <summary>Two thirds of the places are in one spot.</summary>
    public static string Places()
    {
        var lines = new List<string>();
        foreach (int count in (int[])[5, 7, 8, 20, 41, 60])
        {
            string places = string.Join(' ', Enumerable.Range(0, count).Select(i => i % 3 == 0 ? $"13.{i:00} 38.5 m{i:00}" : $"13.36 38.11 m{i:00}"));
            lines.Add($"GEOADD g{count} {places}");
            string search = $"GEOSEARCH g{count} FROMLONLAT 13.4 38.2 BYRADIUS 500 km";
            lines.Add($"{search} DESC");
            lines.Add($"GEORADIUS g{count} 13.4 38.2 500 km COUNT 4");
            foreach (int wanted in (int[])[1, 2, 3, 6, 7, 12, 30, 100])
            {
                lines.AddRange([$"{search} COUNT {wanted}", $"{search} ASC COUNT {wanted}", $"{search} DESC COUNT {wanted}"]);
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Three weights for many elements of a list, and none for others.</summary>
    public static string Lists()
    {
        var lines = new List<string>();
        foreach (int count in (int[])[6, 7, 9, 42, 70])
        {
            lines.Add($"RPUSH l{count} {string.Join(' ', Enumerable.Range(0, count).Select(i => i * 37 % count))}");
            lines.Add($"MSET {string.Join(' ', Enumerable.Range(0, count).Where(i => i % 4 != 0).Select(i => $"w_{i} {"abc"[i % 3]}"))}");
            foreach (string range in (string[])["", "LIMIT 0 1 ", "LIMIT 1 3 ", "LIMIT 5 2 ", "LIMIT 2 100 ", "LIMIT 0 6 "])
            {
                foreach (string direction in (string[])["", "DESC "])
                {
                    lines.Add($"SORT l{count} BY w_* ALPHA {direction}{range}".TrimEnd());
                    lines.Add($"SORT_RO l{count} BY none_* ALPHA {direction}{range}GET # GET w_*");
                    lines.Add($"SORT l{count} BY w_* ALPHA {direction}{range}STORE d");
                    lines.Add("LRANGE d 0 -1");
                }
            }
        }

        return string.Join('\n', lines);
    }
}
