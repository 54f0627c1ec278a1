using Redouble.Core.Memory;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Sessions;

/// <summary>
/// The received bytes of a session that have not been executed: one block, from <see cref="Start"/> to <see cref="End"/>. An idle
/// session holds none. A request is always contiguous: when it does not fit, the window moves to a block that is large enough for it.
/// </summary>
public struct InputWindow
{
    /// <summary>More bytes are never held, whatever <c>client-query-buffer-limit</c> says: a block's size is an int.</summary>
    public const int BytesMax = 2_000_000_000;

    private const int ReadAheadMin = 4096;

    /// <summary>How far the first request has been scanned.</summary>
    public RequestScanner Scanner;

    /// <summary>Arguments of a long request that is still arriving.</summary>
    public ArgumentTable? OwnArguments;

    /// <summary>The block, or none.</summary>
    public Block Block { get; private set; }

    /// <summary>First byte not executed.</summary>
    public int Start { get; private set; }

    /// <summary>Behind the last byte received.</summary>
    public readonly int End => Block.IsNone ? 0 : Block.Length;

    /// <summary>Bytes received and not executed.</summary>
    public readonly int Pending => End - Start;

    /// <summary>Bytes of memory it holds.</summary>
    public readonly int MemoryBytes => Block.IsNone ? 0 : Block.Capacity + Block.HeaderSize;

    /// <summary>The bytes from <see cref="Start"/> on.</summary>
    public readonly Span<byte> Bytes => Block.IsNone ? [] : Block.Written[Start..];

    /// <summary>Room for the next receive call; at least 4 KB, or what the pending request is known to need within bounds.</summary>
    public Span<byte> PrepareReceive(BlockPool blocks)
    {
        const int oneStepMax = 1 << 20; // a long request's buffer grows with what really arrives
        if (Block.IsNone)
        {
            Block = blocks.Rent();
            Start = 0;
            return Block.Free;
        }

        var pending = Pending;
        long needed = Scanner.IsPartial ? Math.Max(Scanner.BytesNeeded, pending) : pending;
        needed = Math.Min(needed, (long)pending + Math.Max(pending, oneStepMax));
        var wanted = Math.Max(needed, pending + ReadAheadMin);
        if (Block.Capacity - Start >= wanted) return Block.Free;
        if (Block.Capacity >= wanted && pending <= ReadAheadMin && Block.References == 1)
        {
            Block.Written[Start..].CopyTo(Block.Data);
            Block.Resize(pending);
            Start = 0;
            return Block.Free;
        }

        // By half at least: what waits behind a blocked client, or a request of very many arguments, would be copied anew for every few KB.
        wanted = Math.Max(wanted, pending + (pending / 2L));
        var larger = blocks.Rent((int)Math.Min(wanted > BlockPool.StandardCapacity ? wanted + ReadAheadMin : wanted, BytesMax + ReadAheadMin));
        Bytes.CopyTo(larger.Data);
        larger.Resize(pending);
        blocks.Release(Block);
        Block = larger;
        Start = 0;
        return Block.Free;
    }

    /// <summary>Counts <paramref name="bytes"/> of the span from <see cref="PrepareReceive"/> as received.</summary>
    public readonly void Received(int bytes) => Block.Resize(Block.Length + bytes);

    /// <summary>Drops executed bytes up to <paramref name="position"/>; an emptied block goes back to the pool.</summary>
    public void ConsumeTo(int position, BlockPool blocks)
    {
        Start = position;
        if (Block.IsNone || Start < Block.Length) return;
        blocks.Release(Block);
        Block = Block.None;
        Start = 0;
    }

    /// <summary>Forgets how far the input has been scanned: it will be scanned again from <see cref="Start"/>.</summary>
    public void ForgetScan()
    {
        Scanner.Reset();
        OwnArguments = null;
    }

    /// <summary>Drops everything.</summary>
    public void Clear(BlockPool blocks)
    {
        if (!Block.IsNone) blocks.Release(Block);
        Block = Block.None;
        Start = 0;
        ForgetScan();
    }
}
