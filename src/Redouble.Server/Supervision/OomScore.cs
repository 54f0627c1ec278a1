using System.Globalization;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;

namespace Redouble.Server.Supervision;

/// <summary>
/// How soon the kernel ends this process when the machine has no memory left: oom_score_adj of proc(5), -1000 (never) to 1000, by the directives
/// <c>oom-score-adj</c> and <c>oom-score-adj-values</c>. The last of the three values is for processes that save in the background; there are none here.
/// </summary>
/// <param name="log">Told why it could not be set: going below the value that the process was started with needs privileges.</param>
/// <param name="path">The kernel's file.</param>
internal sealed class OomScore(ServerLog log, string path = "/proc/self/oom_score_adj")
{
    private const int Max = 1000;
    private int? _atStart; // while another value is in force

    /// <summary>Sets what the configuration wants for the role; false when it cannot be set.</summary>
    public bool TryApply(ServerConfig config, bool isReplica)
    {
        if (config.OomScoreAdj == OomScoreAdjMode.No && _atStart == null) return true;
        try
        {
            _atStart ??= int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
            var ofRole = config.OomScoreAdjValues[isReplica ? 1 : 0];
            var score = config.OomScoreAdj switch
            {
                OomScoreAdjMode.No => _atStart.Value,
                OomScoreAdjMode.Relative => _atStart.Value + ofRole,
                _ => ofRole,
            };
            File.WriteAllText(path, Math.Clamp(score, -Max, Max).ToString(CultureInfo.InvariantCulture));
            if (config.OomScoreAdj == OomScoreAdjMode.No) _atStart = null;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            log.Write(ConfigLogLevel.Warning, $"Unable to write oom_score_adj: {error.Message}");
            return false;
        }
    }
}
