using System.Globalization;
using System.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

public sealed class PackedMembersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(300)]
    public void Pairs_are_read_and_a_name_that_comes_twice_is_refused(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"name {i}").ToArray();
        var members = new PackedMembers();
        var listpack = Pairs(names);
        Assert.True(members.TryReadPairs(listpack));
        Assert.Equal(count, members.Offsets.Length);
        Assert.Equal(count, PackedPairs.Count(members.Pairs));
        for (var i = 0; i < count; i++)
        {
            Assert.True(Listpack.Get(listpack, members.Offsets[i]).Equals(Encoding.ASCII.GetBytes(names[i])));
            var name = PackedPairs.Find(members.Pairs, Encoding.ASCII.GetBytes(names[i]));
            Assert.Equal(i, PackedPairs.Get(members.Pairs, PackedPairs.After(members.Pairs, name)).Integer);
        }

        Assert.False(members.TryReadPairs(Pairs([.. names, names[count / 2]])));
        Assert.True(members.TryReadPairs(Pairs([.. names, "7", "07"])));
        Assert.False(members.TryReadPairs(Pairs([.. names, "7", "7"])));
    }

    [Fact]
    public void Pairs_that_are_not_whole_are_refused()
    {
        var whole = Pairs(["first", "12345", new string('x', 100), new string('y', 5_000)]);
        var members = new PackedMembers();
        Assert.True(members.TryReadPairs(whole));
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            if (length >= Listpack.EmptySize)
            {
                BitConverter.TryWriteBytes(cut, length);
                cut[^1] = 0xFF;
            }

            Assert.False(members.TryReadPairs(cut), $"{length} bytes of {whole.Length}");
        }

        var odd = new byte[100];
        Listpack.WriteEmpty(odd);
        foreach (var entry in (string[])["name", "value", "another name"]) Listpack.Append(odd, Encoding.ASCII.GetBytes(entry));
        Assert.False(members.TryReadPairs(odd.AsSpan(0, Listpack.Size(odd))));
    }

    // Each name with its index as value.
    private static byte[] Pairs(string[] names)
    {
        var listpack = new byte[64 + names.Sum(name => name.Length + 32)];
        Listpack.WriteEmpty(listpack);
        for (var i = 0; i < names.Length; i++)
        {
            Listpack.Append(listpack, Encoding.ASCII.GetBytes(names[i]));
            Listpack.Append(listpack, Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
        }

        return listpack[..Listpack.Size(listpack)];
    }
}
