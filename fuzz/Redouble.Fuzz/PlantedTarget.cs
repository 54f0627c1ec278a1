namespace Redouble.Fuzz;

/// <summary>A reader with a bug, so that a test can see one found: it cannot stand three equal bytes in a row.</summary>
internal sealed class PlantedTarget : FuzzTarget
{
    public override string Name => "planted";

    public override string Reached => "nothing";

    public override bool HasReachedAll => true;

    public override byte[] Make(Random random)
    {
        var bytes = new byte[40];
        random.NextBytes(bytes);
        return Mutation.Of(bytes, random, 3);
    }

    public override void Try(byte[] input)
    {
        for (var i = 2; i < input.Length; i++)
            FuzzFailureException.ThrowUnless(input[i] != input[i - 1] || input[i] != input[i - 2], $"three equal bytes at {i}");
    }

    public override long AllocationMax(int inputLength) => 1_000_000;
}
