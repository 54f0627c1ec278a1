using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

public sealed class FieldExpiryUnitsTests
{
    private const string OldPayload = "value\u000a\0checksum";   // version 10
    private const string TimedPayload = "value\u000c\0checksum"; // version 12

    [Theory]
    [InlineData("SET a 1", false)]
    [InlineData("HPEXPIREAT h 1 FIELDS 1 f", false)] // an error, and no harm
    [InlineData("MULTI|SET a 1|HSET h f 1|EXEC", false)]
    [InlineData("MULTI|SET a 1|HPEXPIREAT h 1 FIELDS 1 f|EXEC", true)]
    [InlineData("multi|hpersist h FIELDS 1 f|set a 1|exec", true)]
    [InlineData("MULTI|HEXPIRE h 1 FIELDS 1 f|EXEC", true)]
    [InlineData("MULTI|HPEXPIRE h 1 FIELDS 1 f|EXEC", true)]
    [InlineData("MULTI|HEXPIREAT h 1 FIELDS 1 f|EXEC", true)]
    [InlineData("MULTI|HINCRBY hpexpireat hpersist 1|SET hpexpireat 1|EXEC", false)]
    [InlineData("RESTORE k 0 " + OldPayload, false)]
    [InlineData("RESTORE k 0 " + TimedPayload, true)]
    [InlineData("restore k 0 " + TimedPayload + " REPLACE", true)]
    [InlineData("MULTI|SET a 1|RESTORE k 0 " + TimedPayload + "|EXEC", true)]
    [InlineData("MULTI|SET a 1|RESTORE k 0 " + OldPayload + "|EXEC", false)]
    [InlineData("RESTORE k 0 short", false)]
    [InlineData("RESTORE k", false)]
    public void UnitsThatARedisBefore74CannotApply(string unit, bool expected)
    {
        var commands = unit.Split('|');
        Assert.Equal(expected, commands.Any(command => FieldExpiryUnits.IsDecisive(Wire.Bytes(Wire.Command(command.Split(' '))), commands.Length > 1)));
    }

    [Fact]
    public void BytesThatAreNoCommandsAreNone()
    {
        var unit = Wire.Bytes(
            Wire.Command("MULTI") + Wire.Command("HPERSIST", "h", "FIELDS", "1", "f") + Wire.Command("RESTORE", "k", "0", TimedPayload));
        for (var cut = 0; cut < unit.Length; cut++)
        {
            _ = FieldExpiryUnits.IsDecisive(unit.AsSpan(0, cut), inTransaction: true);
            _ = FieldExpiryUnits.IsDecisive(unit.AsSpan(cut), inTransaction: false);
            _ = FieldExpiryUnits.IsDecisive(unit.AsSpan(cut), inTransaction: true);
        }

        string[] texts =
        [
            "", "\r\n", "*", "*1\r\n", "*-1\r\n", "*1\r\n$-1\r\n", "*9999999999\r\n$4\r\n", "*1\r\n$9223372036854775807\r\nhpersist\r\n", "hpersist\r\n",
        ];
        foreach (var text in texts)
        {
            Assert.False(FieldExpiryUnits.IsDecisive(Wire.Bytes(text), inTransaction: false));
            Assert.False(FieldExpiryUnits.IsDecisive(Wire.Bytes(text), inTransaction: true));
        }
    }
}
