using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Geo;

public sealed class GeoCommandsTests
{
    private const string Sicily = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

    [Fact]
    public void Places_are_scores_of_52_bits()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        Assert.Equal(":2|", node.Do(Sicily));
        Assert.Equal("SELECT 0 | zadd g 3479099956230698 Palermo 3479447370796909 Catania", tap.Take());
        Assert.Equal("*2|$11|sqc8b49rny0|$11|sqdtr74hyu0|", node.Do("GEOHASH g Palermo Catania"));
        Assert.Equal("*2|*2|$20|13.36138933897018433|$20|38.11555639549629859|*-1|", node.Do("GEOPOS g Palermo nowhere"));
        Assert.Equal("$11|166274.1516|", node.Do("GEODIST g Palermo Catania"));
        Assert.Equal("$8|166.2742|", node.Do("GEODIST g Palermo Catania KM"));
        Assert.Equal(":0|", node.Do(Sicily));
        Assert.Equal("", tap.Take());
    }

    [Fact]
    public void Searches_find_what_lies_in_circles_and_boxes()
    {
        using var node = new EngineNode();
        node.Do(Sicily);
        node.Do("GEOADD g 12.758489 38.788135 west 17.241510 38.788135 east");
        Assert.Equal("*2|*2|$7|Catania|$7|56.4413|*2|$7|Palermo|$8|190.4424|", node.Do("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST"));
        Assert.Equal("*4|$4|west|$4|east|$7|Palermo|$7|Catania|", node.Do("GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC"));
        Assert.Equal("*2|$7|Palermo|$4|west|", node.Do("GEORADIUSBYMEMBER g Palermo 100 km COUNT 9"));
        Assert.Equal(":2|", node.Do("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 2 STOREDIST"));
        Assert.Equal("$16|56.4412578701582|", node.Do("ZSCORE d Catania"));
        Assert.Equal(":0|", node.Do("GEORADIUS g 0 0 1 km STORE d"));
        Assert.Equal(":0|", node.Do("EXISTS d"));
    }

    [Theory]
    [InlineData("GEOADD g 181 0 m", "-ERR invalid longitude,latitude pair 181.000000,0.000000|")]
    [InlineData("GEOADD g NX XX 1 1 m", "-ERR syntax error|")]
    [InlineData("GEOSEARCH g BYRADIUS 1 km ASC ASC", "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH|")]
    [InlineData("geosearch g FROMLONLAT 1 1 ASC ASC", "-ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch|")]
    [InlineData("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km ANY", "-ERR the ANY argument requires COUNT argument|")]
    [InlineData("GEORADIUS_RO g 1 1 1 km STORE d", "-ERR syntax error|")]
    [InlineData("GEORADIUS g 1 1 1 yd", "-ERR unsupported unit provided. please use M, KM, FT, MI|")]
    [InlineData("GEORADIUSBYMEMBER none m x yd", "*0|")]
    public void Refuses(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do(Sicily);
        Assert.Equal(reply, node.Do(command));
    }
}
