using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>The bytes of a record as they lie in memory.</summary>
internal static class RecordBytes
{
    /// <summary>Its address: a record is nothing else.</summary>
    public static nint AddressOf(Record record) => Unsafe.As<Record, nint>(ref record);

    /// <summary>Its first <see cref="Record.Size"/> bytes.</summary>
    public static ReadOnlySpan<byte> Of(Record record) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), AddressOf(record)), record.Size);
}
