using System.Runtime.CompilerServices;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Blocking;

/// <summary>The command of a blocked session, copied into memory of its own: it will run again, when nothing of the session's input is left.</summary>
public sealed class BlockedRequest
{
    private readonly Session _session;
    private readonly BlockPool _blocks;
    private readonly ArgumentTable _arguments;
    private Block _block;
    private Block _sentBlock; // the request as it came, when it runs with other words; else none
    private ArgumentTable? _sentArguments;

    internal BlockedRequest(Session session, BlockPool blocks, CommandInfo info, in CommandArguments arguments, bool canonical)
    {
        _session = session;
        _blocks = blocks;
        _arguments = new ArgumentTable(arguments.Count);
        Info = info;
        IsCanonical = canonical;
        arguments.CopyRanges(_arguments);
        _block = Store(arguments.Request);
        session.Hold(PlacesBytes(_arguments));
    }

    /// <summary>The command.</summary>
    public CommandInfo Info { get; }

    /// <summary>Whether its bytes are spelled as the replication stream spells them.</summary>
    public bool IsCanonical { get; private set; }

    /// <summary>Its arguments.</summary>
    public CommandArguments Arguments => Of(_block, _arguments);

    /// <summary>Its arguments as they were sent: what the slow log shows.</summary>
    public CommandArguments SentArguments => _sentArguments == null ? Arguments : Of(_sentBlock, _sentArguments);

    /// <summary>Bytes of native memory.</summary>
    public long MemoryBytes => Bytes(_block) + Bytes(_sentBlock);

    /// <summary>Bytes of its arguments.</summary>
    public int ArgumentBytes
    {
        get
        {
            var total = 0;
            for (var i = 0; i < _arguments.Count; i++) total += _arguments[i].Length;
            return total;
        }
    }

    /// <summary>
    /// Puts other words in the place of arguments, as XREAD does with <c>$</c>: when the command runs again, it is to mean what it means now.
    /// </summary>
    /// <param name="first">The argument that the first of the words is for.</param>
    /// <param name="words">Null for an argument that stays.</param>
    public void Replace(int first, ReadOnlySpan<byte[]?> words)
    {
        const int roomForLengths = 32;
        var old = Arguments;
        var added = 0;
        foreach (var word in words) added += (word?.Length ?? 0) + roomForLengths;
        var text = new RequestText(old.Request.Length + added);
        text.Header((byte)'*', old.Count);
        var ranges = new ArgumentRange[old.Count];
        for (var i = 0; i < old.Count; i++)
        {
            var word = i >= first && i - first < words.Length ? words[i - first] : null;
            ranges[i] = text.Word(word ?? old[i]);
        }

        if (_sentArguments == null)
        {
            _sentBlock = _block;
            _sentArguments = new ArgumentTable(old.Count);
            old.CopyRanges(_sentArguments);
            _session.Hold(PlacesBytes(_sentArguments));
        }
        else
        {
            _blocks.Release(_block);
        }

        _block = Store(text.Bytes);
        _arguments.Clear();
        foreach (var range in ranges) _arguments.Add(range.Offset, range.Length);
        IsCanonical = true;
    }

    /// <summary>Returns its memory, once.</summary>
    internal void Release()
    {
        if (_block.IsNone) return;
        _session.Hold(-PlacesBytes(_arguments) - PlacesBytes(_sentArguments));
        _blocks.Release(_block);
        if (!_sentBlock.IsNone) _blocks.Release(_sentBlock);
        _block = _sentBlock = Block.None;
    }

    // By their number, which stays when one of them is replaced.
    private static long PlacesBytes(ArgumentTable? arguments) => arguments == null ? 0 : (long)arguments.Count * Unsafe.SizeOf<ArgumentRange>();

    private static CommandArguments Of(Block block, ArgumentTable arguments) => new(NativeBytes.Of(block, 0, block.Length), arguments, 0, arguments.Count);

    private static long Bytes(Block block) => block.IsNone ? 0 : block.Capacity + Block.HeaderSize;

    private Block Store(ReadOnlySpan<byte> bytes)
    {
        var block = _blocks.RentExactly(bytes.Length);
        bytes.CopyTo(block.Free);
        block.Length = bytes.Length;
        return block;
    }

    /// <summary>A request being written.</summary>
    private struct RequestText(int capacity)
    {
        private byte[] _bytes = new byte[capacity];
        private int _length;

        public readonly ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

        public ArgumentRange Word(ReadOnlySpan<byte> word)
        {
            Header((byte)'$', word.Length);
            var start = _length;
            Raw(word);
            Raw("\r\n"u8);
            return new ArgumentRange(start, word.Length);
        }

        public void Header(byte kind, int number)
        {
            Span<byte> line = stackalloc byte[16];
            line[0] = kind;
            var length = 1 + Integers.Format(number, line[1..]);
            Raw(line[..length]);
            Raw("\r\n"u8);
        }

        private void Raw(ReadOnlySpan<byte> bytes)
        {
            if (_bytes.Length - _length < bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes.Length));
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
        }
    }
}
