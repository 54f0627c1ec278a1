using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>What the keyspace tells those who wait for keys: that one was created of a type they wait for, that one goes.</summary>
public sealed class ReportTests
{
    [Fact]
    public void Nothing_is_reported_that_nobody_waits_for()
    {
        using var program = new KeyspaceProgram();
        program.Set(0, "k", "v");
        program.Keyspace.AwaitedTypes = 1 << (int)ValueType.List;
        program.Set(0, "l", "v");
        program.Delete(0, "l");
        Assert.Empty(program.Reports);
    }

    [Fact]
    public void A_new_key_is_reported_once_and_a_change_of_it_not()
    {
        using var program = new KeyspaceProgram();
        program.Keyspace.AwaitedTypes = 1 << (int)ValueType.String;
        program.Set(0, "k", "v");
        program.Set(0, "k", "another, longer value");
        program.SetExpiry(0, "k", 1_000_000);
        Assert.Equal(["0 k came"], program.Reports);
    }

    [Fact]
    public void A_key_that_goes_is_reported_and_one_that_changes_not()
    {
        using var program = new KeyspaceProgram();
        program.Set(0, "k", "v");
        program.Keyspace.ReportRemovals = true;
        program.Set(0, "k", "another, longer value");
        program.SetExpiry(0, "k", 1_000_000);
        Assert.Empty(program.Reports);
        program.Delete(0, "k");
        Assert.Equal(["0 k goes"], program.Reports);
    }

    [Fact]
    public void A_value_of_another_type_reports_the_end_of_the_old_one()
    {
        using var program = new KeyspaceProgram();
        program.Keyspace.AwaitedTypes = (1 << (int)ValueType.Hash) | (1 << (int)ValueType.String);
        program.Keyspace.ReportRemovals = true;
        var (key, hash) = (KeyspaceProgram.Bytes("k"), program.Hash("k"));
        var builder = new CollectionBuilder(program.Keyspace);
        Put();
        program.Keyspace[0].SetString(key, hash, "v"u8, ValueEncoding.EmbeddedString);
        Put();
        Assert.Equal(["0 k came", "0 k goes", "0 k goes"], program.Reports);
        program.Keyspace[0].Delete(key, hash);

        void Put()
        {
            builder.Begin(ValueType.Hash, 1);
            builder.AddField("f"u8, "v"u8);
            program.Keyspace[0].Put(key, hash, builder);
        }
    }
}
