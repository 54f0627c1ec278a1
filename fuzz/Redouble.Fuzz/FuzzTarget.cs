namespace Redouble.Fuzz;

/// <summary>Something that reads what strangers send.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Makes an input, the same for the same random numbers.</summary>
    public abstract byte[] Make(Random random);

    /// <summary>Tries an input. Any exception is a finding. Random numbers for cuts come from the input, so that a file repeats a finding.</summary>
    public abstract void Try(byte[] input);

    /// <summary>What was reached so far, to be printed at the end: a fuzzer whose inputs are all refused at the door finds nothing.</summary>
    public abstract string Reached { get; }

    /// <summary>Whether a run of some length has been everywhere it should have been.</summary>
    public abstract bool HasReachedAll { get; }

    /// <summary>Bytes of the collected heap that an input may take in all.</summary>
    public abstract long AllocationMax(int inputLength);
}

/// <summary>A property that does not hold.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message)
{
    /// <summary>Throws unless the condition holds.</summary>
    public static void ThrowUnless(bool condition, string message)
    {
        if (!condition) throw new FuzzFailureException(message);
    }
}

/// <summary>The targets by name.</summary>
internal static class FuzzTargets
{
    public static FuzzTarget? Create(string name) => name switch
    {
        "resp" => new Resp.RespTarget(),
        "rdb" => new Rdb.RdbTarget(),
        "aof" => new Aof.AofTarget(),
        "planted" => new PlantedTarget(),
        _ => null,
    };
}
