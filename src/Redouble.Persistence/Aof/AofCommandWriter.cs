using Redouble.Core.Text;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Aof;

/// <summary>Writes commands, those of many elements in portions: the number of words stands in front of them.</summary>
/// <param name="output">Where they go.</param>
internal sealed class AofCommandWriter(RdbOutput output)
{
    /// <summary>Elements, or pairs, of a command: as many as Redis writes.</summary>
    private const int PortionItems = 64;

    // Beyond that a portion ends earlier: it is put together in memory.
    private const int PortionBytes = 256 * 1024;

    private byte[] _portion = new byte[4096];
    private int _length;
    private int _items;
    private int _words;
    private byte[] _name = [];
    private byte[] _key = [];

    /// <summary>Begins a command of that many words.</summary>
    public void Begin(long words) => Head((byte)'*', words);

    /// <summary>The next word.</summary>
    public void Word(ReadOnlySpan<byte> word)
    {
        Head((byte)'$', word.Length);
        Raw(word);
        Raw("\r\n"u8);
    }

    /// <summary>The next word, a number.</summary>
    public void Word(long number)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        Word(digits[..Integers.Format(number, digits)]);
    }

    /// <summary>The next word, a stream's id.</summary>
    public void Word(RdbStreamId id)
    {
        Span<byte> text = stackalloc byte[(2 * Integers.MaxLength) + 1];
        var length = Integers.Format(id.Ms, text);
        text[length++] = (byte)'-';
        length += Integers.Format(id.Sequence, text[length..]);
        Word(text[..length]);
    }

    /// <summary>The head of the next word, whose bytes and line end follow as they are.</summary>
    public void BeginWord(long length) => Head((byte)'$', length);

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = output.GetSpan(1);
            var part = Math.Min(room.Length, bytes.Length);
            bytes[..part].CopyTo(room);
            output.Advance(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>What is added next belongs to a command <paramref name="name"/> <paramref name="key"/> ….</summary>
    public void BeginPortion(ReadOnlySpan<byte> name, byte[] key)
    {
        if (_items > 0) return;
        if (!_name.AsSpan().SequenceEqual(name)) _name = name.ToArray();
        _key = key;
    }

    /// <summary>Adds an element.</summary>
    public void Add(ReadOnlySpan<byte> element)
    {
        if (!MakeRoom(element.Length)) WriteAlone(element, [], words: 1);
        else
        {
            Put(element);
            Count(1);
        }
    }

    /// <summary>Adds a pair.</summary>
    public void Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (!MakeRoom((long)first.Length + second.Length)) WriteAlone(first, second, words: 2);
        else
        {
            Put(first);
            Put(second);
            Count(2);
        }
    }

    /// <summary>Writes the command that has been put together so far, if any.</summary>
    public void EndPortion()
    {
        if (_items == 0) return;
        Begin(2 + _words);
        Word(_name);
        Word(_key);
        Raw(_portion.AsSpan(0, _length));
        _length = _items = _words = 0;
    }

    private void Count(int words)
    {
        _words += words;
        if (++_items == PortionItems) EndPortion();
    }

    // False for what goes without the portion, behind it.
    private bool MakeRoom(long bytes)
    {
        const int heads = 64;
        if (_items > 0 && _length + bytes + heads > PortionBytes) EndPortion();
        if (bytes + heads > PortionBytes) return false;
        var needed = _length + (int)bytes + heads;
        if (needed > _portion.Length) Array.Resize(ref _portion, Math.Max(_portion.Length * 2, needed));
        return true;
    }

    private void WriteAlone(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int words)
    {
        Begin(2 + words);
        Word(_name);
        Word(_key);
        Word(first);
        if (words == 2) Word(second);
    }

    private void Put(ReadOnlySpan<byte> word)
    {
        _length += FormatHead((byte)'$', word.Length, _portion.AsSpan(_length));
        word.CopyTo(_portion.AsSpan(_length));
        _length += word.Length;
        "\r\n"u8.CopyTo(_portion.AsSpan(_length));
        _length += 2;
    }

    private void Head(byte sign, long number)
    {
        Span<byte> line = stackalloc byte[Integers.MaxLength + 3];
        Raw(line[..FormatHead(sign, number, line)]);
    }

    private static int FormatHead(byte sign, long number, Span<byte> destination)
    {
        destination[0] = sign;
        var length = 1 + Integers.Format(number, destination[1..]);
        destination[length] = (byte)'\r';
        destination[length + 1] = (byte)'\n';
        return length + 2;
    }
}
