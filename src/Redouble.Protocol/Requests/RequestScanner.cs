using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Redouble.Protocol.Requests;

/// <summary>
/// Finds whole requests at the start of a contiguous input window. One per client: 32 bytes that remember how far an unfinished
/// request has been scanned, so that a request arriving in pieces is scanned once.
/// <code>
///            window                       *3 CRLF $3 CRLF SET CRLF $1 CRLF k CRLF $2 CRLF vv CRLF | next request …
///            arguments (offset, length)              (8, 3)          (17, 1)       (24, 2)
///
///                         count read           argument taken (n times)
///   [start of request] ───────────────► [bulk] ──────────────────────────► Complete ─► [start of request]
///          │  │ blank line, *0, *-1                                            ▲
///          │  └──► Empty                                                       │
///          └─ first byte is not '*': one line, quotes resolved in place ───────┘
/// </code>
/// Lenient exactly where Redis is: the byte behind a CR and the two bytes behind a bulk are skipped unseen (such a request is not
/// <see cref="IsCanonical"/>), and a NUL hides the end of its line. Strict where Redis is: lengths have one spelling.
/// </summary>
public struct RequestScanner
{
    /// <summary>Room that <see cref="FormatError"/> needs at most, bytes.</summary>
    public const int ErrorTextMax = 64;

    private const int PartialKeptMin = 64;
    private const ushort CrLf = 0x0A0D; // little endian

    private int _position;  // first byte not scanned yet
    private int _searched;  // no line end before this byte
    private int _remaining; // arguments still missing; 0 at the start of a request
    private byte _offending;
    private bool _hasBegun; // the bulk at the position: its length is known

    /// <summary>Index of the request's first argument in the table.</summary>
    public int ArgumentStart { get; private set; }

    /// <summary>Arguments found so far.</summary>
    public int ArgumentCount { get; private set; }

    /// <summary>
    /// After Incomplete: the smallest window, in bytes, in which scanning gets any further; a long bulk tells its whole size. After Error: 0, or
    /// <see cref="int.MaxValue"/> when the length of a bulk is sound but no window could hold it.
    /// </summary>
    public int BytesNeeded { get; private set; }

    /// <summary>
    /// After Incomplete: bytes of the bulk that has begun and is not all there, with its header; 0 when there is none. It ends at <see cref="BytesNeeded"/>.
    /// </summary>
    public readonly int BulkNeeded => _hasBegun ? BytesNeeded - _position : 0;

    /// <summary>What is wrong, after Error.</summary>
    public ScanError Error { get; private set; }

    /// <summary>After Error: where in the window the part begins that is wrong.</summary>
    public readonly int ErrorPosition => _position;

    /// <summary>Whether the request is spelled as Redis spells it in its replication stream, so that its bytes can be copied there.</summary>
    public bool IsCanonical { get; private set; }

    /// <summary>Whether part of a request has been scanned.</summary>
    public readonly bool IsPartial => _remaining > 0 || _searched > 0;

    /// <summary>
    /// Scans the request at the start of <paramref name="window"/>, going on where the last Incomplete stopped. Its arguments are
    /// appended to <paramref name="args"/>, which must hold the partial request's entries as its last ones. <paramref name="consumed"/>
    /// is the request's length, 0 unless Complete or Empty. Writes to the window only to resolve the quotes of an inline request.
    /// </summary>
    public ScanStatus Scan(Span<byte> window, ArgumentTable args, in ScanLimits limits, out int consumed)
    {
        consumed = 0;
        if (_remaining == 0)
        {
            ArgumentStart = args.Count;
            var head = window.Length >= 8 ? BinaryPrimitives.ReadUInt32LittleEndian(window) : 0;
            var digit = ((head >> 8) & 0xFF) - '0';
            if ((head & 0xFFFF00FF) == 0x0A0D002A && digit - 1 <= 8)
            {
                IsCanonical = true;
                _position = 4;
                _remaining = (int)digit;
            }
            else
            {
                var status = window.Length > 0 && window[0] != '*'
                    ? ScanInline(window, args, ref consumed) : ScanCount(window, limits, ref consumed);
                if (_remaining == 0) return status;
            }
        }

        return ScanBulks(window, args, limits, ref consumed);
    }

    /// <summary>
    /// Call after Incomplete when <paramref name="shared"/> is to be used for other clients: a short partial request is forgotten (it
    /// will be scanned again), a long one moves to <paramref name="own"/>, which is made when needed. Scan with <paramref name="own"/> as
    /// long as it holds entries, and clear it when the request has been executed.
    /// </summary>
    public void Suspend(ArgumentTable shared, ref ArgumentTable? own)
    {
        if (_remaining == 0 || own is { Count: > 0 }) return;
        if (ArgumentCount < PartialKeptMin)
        {
            shared.Truncate(ArgumentStart);
            Reset();
            return;
        }

        own ??= new ArgumentTable(ArgumentCount * 2);
        shared.MoveTail(ArgumentStart, own);
        ArgumentStart = 0;
    }

    /// <summary>Forgets a partial request. Its entries in a table are the caller's to drop.</summary>
    public void Reset()
    {
        _position = _searched = _remaining = 0;
        _hasBegun = false;
        ArgumentCount = 0;
        Error = ScanError.None;
    }

    /// <summary>Writes the error reply's text, from <c>ERR</c> on and without line end; returns its length, at most <see cref="ErrorTextMax"/>.</summary>
    public readonly int FormatError(Span<byte> destination)
    {
        var prefix = "ERR Protocol error: "u8;
        var text = ScanErrorText.Of(Error);
        prefix.CopyTo(destination);
        text.CopyTo(destination[prefix.Length..]);
        var length = prefix.Length + text.Length;
        // The offending byte stands where the text has its question mark; Redis blanks line ends in any error.
        if (Error == ScanError.ExpectedDollar) destination[length - 2] = _offending is (byte)'\r' or (byte)'\n' ? (byte)' ' : _offending;
        return length;
    }

    private ScanStatus ScanBulks(ReadOnlySpan<byte> window, ArgumentTable args, in ScanLimits limits, ref int consumed)
    {
        var entries = args.Entries;
        var count = args.Count;
        var position = _position;
        var remaining = _remaining;
        var canonical = IsCanonical;
        var fastMax = limits.FastBulkLengthMax;
        var begun = false;
        while (remaining > 0)
        {
            if (!TryShortLength(window, position, out var start, out var length) || length > fastMax)
            {
                if (!TryLength(window, position, limits, ref canonical, out start, out length)) break;
            }

            var end = start + length; // TryLength keeps end + 2 within an int
            if ((uint)(end + 2) > (uint)window.Length)
            {
                BytesNeeded = end + 2;
                begun = true;
                break;
            }

            canonical &= BinaryPrimitives.ReadUInt16LittleEndian(window[end..]) == CrLf;
            if ((uint)count >= (uint)entries.Length) entries = args.Grow();
            entries[count++] = new ArgumentRange(start, length);
            position = end + 2;
            remaining--;
        }

        args.Count = count;
        ArgumentCount = count - ArgumentStart;
        IsCanonical = canonical;
        _remaining = remaining;
        _hasBegun = begun;
        if (remaining > 0)
        {
            _position = position;
            return Error == ScanError.None ? ScanStatus.Incomplete : ScanStatus.Error;
        }

        consumed = position;
        _position = _searched = 0;
        return ScanStatus.Complete;
    }

    /// <summary>Reads <c>$</c>, one to four digits, CRLF where eight bytes are at hand, which the shortest bulk of one byte fills.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the scanner's inner loop: once per argument
    private static bool TryShortLength(ReadOnlySpan<byte> window, int position, out int start, out int length)
    {
        start = length = 0;
        if (window.Length - position < 8) return false;
        var word = BinaryPrimitives.ReadUInt64LittleEndian(window[position..]);
        var first = (uint)((word >> 8) & 0xFF) - '0';
        if ((word & 0xFFFF00FF) == 0x0A0D0024)
        {
            start = position + 4;
            length = (int)first;
            return first <= 9;
        }

        var second = (uint)((word >> 16) & 0xFF) - '0';
        if (first - 1 > 8 || second > 9) return false;
        if ((word & 0xFF_FF00_00FF) == 0x0A_0D00_0024)
        {
            start = position + 5;
            length = (int)((first * 10) + second);
            return true;
        }

        var third = (uint)((word >> 24) & 0xFF) - '0';
        if (third > 9) return false;
        var sum = (first * 100) + (second * 10) + third;
        if ((word & 0xFFFF_0000_00FF) == 0x0A0D_0000_0024)
        {
            start = position + 6;
            length = (int)sum;
            return true;
        }

        var fourth = (uint)((word >> 32) & 0xFF) - '0';
        start = position + 7;
        length = (int)((sum * 10) + fourth);
        return fourth <= 9 && (word & 0x00FF_FF00_0000_00FF) == 0x000A_0D00_0000_0024;
    }

    /// <summary>Reads any bulk header; false sets <see cref="Error"/> or <see cref="BytesNeeded"/>.</summary>
    private bool TryLength(ReadOnlySpan<byte> window, int position, in ScanLimits limits, ref bool canonical, out int start, out int length)
    {
        length = 0;
        if (!TryLine(window, position, ScanError.TooBigBulkCount, out var lineEnd, out start)) return false;
        if (window[position] != '$')
        {
            _offending = window[position];
            return Fail(ScanError.ExpectedDollar);
        }

        var sound = StrictInteger.TryParse(window[(position + 1)..lineEnd], out var value);
        if (!sound || value < 0 || value > limits.BulkLengthMax) return Fail(ScanError.InvalidBulkLength);
        if (limits.Unauthenticated && value > ScanLimits.UnauthenticatedBulkLengthMax) return Fail(ScanError.UnauthenticatedBulkLength);
        if (value > int.MaxValue - start - 2)
        {
            Fail(ScanError.InvalidBulkLength);
            BytesNeeded = int.MaxValue;
            return false;
        }

        canonical &= window[lineEnd + 1] == '\n';
        length = (int)value;
        return true;
    }

    /// <summary>Reads any <c>*</c> line. Leaves the count in <see cref="_remaining"/>, or 0 there and returns the outcome.</summary>
    private ScanStatus ScanCount(ReadOnlySpan<byte> window, in ScanLimits limits, ref int consumed)
    {
        if (!TryLine(window, 0, ScanError.TooBigMultibulkCount, out var lineEnd, out var next))
        {
            return Error == ScanError.None ? ScanStatus.Incomplete : ScanStatus.Error;
        }

        var sound = StrictInteger.TryParse(window[1..lineEnd], out var count);
        if (!sound || count > ScanLimits.MultibulkCountMax) Fail(ScanError.InvalidMultibulkLength);
        else if (limits.Unauthenticated && count > ScanLimits.UnauthenticatedCountMax) Fail(ScanError.UnauthenticatedMultibulkLength);
        if (Error != ScanError.None) return ScanStatus.Error;
        if (count <= 0)
        {
            consumed = next;
            return ScanStatus.Empty;
        }

        IsCanonical = window[lineEnd + 1] == '\n';
        _position = next;
        _remaining = (int)count;
        return ScanStatus.Incomplete;
    }

    private ScanStatus ScanInline(Span<byte> window, ArgumentTable args, ref int consumed)
    {
        IsCanonical = false;
        var found = window[_searched..].IndexOfAny((byte)'\n', (byte)0);
        var end = found < 0 ? window.Length : _searched + found;
        if (found < 0 || window[end] == 0)
        {
            return TryWaitForLine(window.Length, 0, end, ScanError.TooBigInline) ? ScanStatus.Incomplete : ScanStatus.Error;
        }

        _searched = 0;
        var line = window[..(end > 0 && window[end - 1] == '\r' ? end - 1 : end)];
        if (!InlineSplitter.TrySplit(line, args))
        {
            Fail(ScanError.UnbalancedQuotes);
            return ScanStatus.Error;
        }

        consumed = end + 1;
        ArgumentCount = args.Count - ArgumentStart;
        return ArgumentCount == 0 ? ScanStatus.Empty : ScanStatus.Complete;
    }

    /// <summary>Finds the CR that ends the line at <paramref name="position"/>, and one byte behind it.</summary>
    private bool TryLine(ReadOnlySpan<byte> window, int position, ScanError tooLong, out int lineEnd, out int next)
    {
        var from = Math.Max(position, _searched);
        var found = from < window.Length ? window[from..].IndexOfAny((byte)'\r', (byte)0) : -1;
        lineEnd = found < 0 ? window.Length : from + found;
        next = lineEnd + 2;
        if (found < 0 || window[lineEnd] == 0)
        {
            TryWaitForLine(window.Length, position, lineEnd, tooLong);
            return false;
        }

        _searched = lineEnd;
        if (next <= window.Length)
        {
            _searched = 0;
            return true;
        }

        BytesNeeded = next;
        return false;
    }

    private bool TryWaitForLine(int windowLength, int position, int searched, ScanError tooLong)
    {
        if (windowLength - position > ScanLimits.LineLengthMax) return Fail(tooLong);
        _searched = searched;
        BytesNeeded = windowLength + 1;
        return true;
    }

    private bool Fail(ScanError error)
    {
        Error = error;
        BytesNeeded = 0;
        return false;
    }
}
