using Redouble.Core.Memory;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Sessions;

/// <summary>
/// The received bytes of a session that have not been executed: one block, from <see cref="Start"/> to <see cref="End"/>. An idle
/// session holds none. A request is always contiguous: when it does not fit, the window moves to a block that is large enough for it. A large argument can be
/// taken out with its block.
/// <code>
/// block   | executed | *3 … $4 huge $536870912 | xxxxxxxxxxxxxxxxxxxx : room for what has been announced : a little more |
///                    ▲ Start                                          ▲ End = Length                    ▲ Start + Announced
/// taken   |                                    | data ─────────────────────────────────────────────── ▼ |   the value's, see Block.Narrow
/// </code>
/// </summary>
public struct InputWindow
{
    /// <summary>More bytes are never held, whatever <c>client-query-buffer-limit</c> says: a block's size is an int.</summary>
    public const int BytesMax = 2_000_000_000;

    /// <summary>
    /// Bytes from which an argument is large, as in Redis (PROTO_MBULK_BIG_ARG): room is made for all of it, which counts as its client's at once, and nothing
    /// is received with its end, so that a value may be kept in the block that it came in.
    /// </summary>
    public const int LargeMin = 32 * 1024;

    private const int ReadAheadMin = 4096;
    private const int OneStepMax = 1 << 20;   // more than this is reserved only for who has sent
    private const int FirstStep = 256 * 1024; // that much: a mapping costs a huge page or two, whatever comes
    private const int ReceiveMax = 1 << 20;   // at a time, as others wait meanwhile

    private Block _taken; // held until the request has been executed
    private int _absent;  // bytes of the block's room that have been announced and are not there

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
    public readonly int Pending => Block.IsNone ? 0 : Block.Length - Start;

    /// <summary>Bytes from <see cref="Start"/> to the end of the large argument that is under way, 0 when there is none.</summary>
    public int Announced { get; private set; }

    /// <summary>Bytes of memory it stands for: what it holds, or will need for what has been announced.</summary>
    public readonly long MemoryBytes => Block.IsNone ? 0
        : Math.Max(Block.Capacity, (long)Start + Announced) + Block.HeaderSize + (OwnArguments?.MemoryBytes ?? 0);

    /// <summary>Bytes of it that nothing has been received into.</summary>
    public readonly long FreeBytes => Block.IsNone ? 0 : Math.Max(Block.Capacity, (long)Start + Announced) - End;

    /// <summary>The bytes from <see cref="Start"/> on.</summary>
    public readonly Span<byte> Bytes => Block.IsNone ? [] : Block.Written[Start..];

    /// <summary>It is scanned again.</summary>
    public void ForgetAnnouncement() => Announced = 0;

    /// <summary>The first request has been scanned and is not complete: what is known of its end.</summary>
    public void NoteIncomplete() => Announced = Scanner.BulkNeeded >= LargeMin ? Scanner.BytesNeeded : 0;

    /// <summary>
    /// Room for the next receive call: at least 4 KB, or what a large argument lacks and no more. It is made for the whole of such an argument, so that what
    /// has come of it is not copied for every step of growth; pages to which nothing has been written take no memory.
    /// </summary>
    /// <param name="blocks">Where blocks come from.</param>
    /// <param name="bytesMax">Who has sent more is closed.</param>
    public Span<byte> PrepareReceive(BlockPool blocks, long bytesMax = BytesMax)
    {
        if (Block.IsNone)
        {
            Block = blocks.Rent();
            Start = 0;
            return Block.Free;
        }

        var pending = Pending;
        var missing = Announced - pending;
        long wanted = missing > 0 ? Announced : pending + ReadAheadMin;
        wanted = Math.Min(wanted, Math.Max(pending, bytesMax) + ReadAheadMin);
        if (wanted > OneStepMax && pending < FirstStep) wanted = FirstStep;
        if (Block.Capacity - Start < wanted) MakeRoom(blocks, pending, wanted);
        var most = missing > 0 ? Math.Min(missing, ReceiveMax) : ReceiveMax;
        return Block.Free.Length > most ? Block.Free[..most] : Block.Free;
    }

    private void MakeRoom(BlockPool blocks, int pending, long wanted)
    {
        if (Block.Capacity >= wanted && pending <= ReadAheadMin && Block.References == 1)
        {
            Block.Written[Start..].CopyTo(Block.Data);
            Block.Resize(pending);
            Start = 0;
            return;
        }

        // By half at least: what waits behind a blocked client, or a request of very many arguments, would be copied anew for every few KB.
        wanted = Math.Max(wanted, pending + (pending / 2L));
        var capacity = (int)Math.Min(wanted > BlockPool.StandardCapacity ? wanted + ReadAheadMin : wanted, BytesMax + ReadAheadMin);
        var larger = Block;
        if (Start > ReadAheadMin || !blocks.TryGrow(ref larger, capacity + Start))
        {
            larger = Announced > pending ? blocks.RentAhead(capacity) : blocks.Rent(capacity);
            Bytes.CopyTo(larger.Data);
            larger.Resize(pending);
            blocks.Release(Block);
            Start = 0;
        }

        Block = larger;
        SetAbsent(Math.Clamp(Announced - pending, 0, larger.Free.Length), blocks);
    }

    /// <summary>Counts <paramref name="bytes"/> of the span from <see cref="PrepareReceive"/> as received.</summary>
    public void Received(int bytes, BlockPool blocks)
    {
        Block.Resize(Block.Length + bytes);
        if (_absent == 0) return;
        SetAbsent(Math.Max(0, _absent - bytes), blocks);
        blocks.Filled(bytes);
    }

    /// <summary>
    /// Gives the block away to be the value that is <paramref name="length"/> bytes at <paramref name="offset"/> of it, with a reference that is the caller's;
    /// or none where the value has to be copied. Nothing may be in the block behind the request that is being executed, whose bytes stay until it is consumed.
    /// </summary>
    public Block Take(int offset, int length)
    {
        if (length < LargeMin || Block.References != 1 || _absent > 0 || !BlockPool.IsFilledBy(Block, length)) return Block.None;
        _taken = Block;
        _taken.Retain();
        _taken.Narrow(offset, length);
        Block = Block.None;
        return _taken;
    }

    /// <summary>Drops executed bytes up to <paramref name="position"/>; an emptied block goes back to the pool.</summary>
    public void ConsumeTo(int position, BlockPool blocks)
    {
        Start = Block.IsNone ? 0 : position;
        if (Block.IsNone) ReleaseTaken(blocks);
        else if (Start >= Block.Length) Drop(blocks);
    }

    /// <summary>Forgets how far the input has been scanned: it will be scanned again from <see cref="Start"/>.</summary>
    public void ForgetScan()
    {
        Scanner.Reset();
        OwnArguments = null;
        Announced = 0;
    }

    /// <summary>Drops everything.</summary>
    public void Clear(BlockPool blocks)
    {
        if (!Block.IsNone) Drop(blocks);
        ReleaseTaken(blocks);
        ForgetScan();
    }

    private void Drop(BlockPool blocks)
    {
        SetAbsent(0, blocks);
        blocks.Release(Block);
        Block = Block.None;
        Start = 0;
    }

    private void ReleaseTaken(BlockPool blocks)
    {
        if (_taken.IsNone) return;
        blocks.Release(_taken);
        _taken = Block.None;
    }

    private void SetAbsent(int bytes, BlockPool blocks)
    {
        blocks.AbsentBytes += bytes - _absent;
        _absent = bytes;
    }
}
