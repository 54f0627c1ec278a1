using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Geo;

/// <summary>GEOSEARCH, GEOSEARCHSTORE, and the older forms GEORADIUS, GEORADIUSBYMEMBER and their _RO twins.</summary>
internal static class GeoSearchCommands
{
    [Command("georadius", Arity = -6, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Geo,
        Keys = "RO access @1; OW update @STORE>6; OW update @STOREDIST>6",
        Group = CommandGroup.Geo, Since = "3.2.0", Summary = "Returns the places around a position, or stores them.",
        Complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the "
            + "number of items inside the index.",
        Syntax = "key longitude:double latitude:double radius:double unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count-block="
            + "(COUNT count [ANY^6.2.0])] [order=(ASC|DESC)] [STORE storekey:key#1] [STOREDIST storedistkey:key#2]",
        History = "6.2.0 Added the `ANY` option for `COUNT`.; 7.0.0 Added support for uppercase unit names.",
        Deprecated = "6.2.0", ReplacedBy = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument")]
    public static void GeoRadius(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.AroundPosition | GeoSearchForm.MayStore);

    [Command("georadius_ro", Arity = -6, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1",
        Group = CommandGroup.Geo, Since = "3.2.10", Summary = "Returns the places around a position.",
        Complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the "
            + "number of items inside the index.",
        Syntax = "key longitude:double latitude:double radius:double unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count-block="
            + "(COUNT count [ANY^6.2.0])] [order=(ASC|DESC)]",
        History = "6.2.0 Added the `ANY` option for `COUNT`.",
        Deprecated = "6.2.0", ReplacedBy = "`GEOSEARCH` with the `BYRADIUS` argument")]
    public static void GeoRadiusRo(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.AroundPosition);

    [Command("georadiusbymember", Arity = -5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Geo,
        Keys = "RO access @1; OW update @STORE>5; OW update @STOREDIST>5",
        Group = CommandGroup.Geo, Since = "3.2.0", Summary = "Returns the places around one of them, or stores them.",
        Complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the "
            + "number of items inside the index.",
        Syntax = "key member radius:double unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count-block=(COUNT count [ANY])] "
            + "[order=(ASC|DESC)] [STORE storekey:key#1] [STOREDIST storedistkey:key#2]",
        History = "7.0.0 Added support for uppercase unit names.",
        Deprecated = "6.2.0", ReplacedBy = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments")]
    public static void GeoRadiusByMember(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.AroundMember | GeoSearchForm.MayStore);

    [Command("georadiusbymember_ro", Arity = -5, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1",
        Group = CommandGroup.Geo, Since = "3.2.10", Summary = "Returns the places around one of them.",
        Complexity = "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the "
            + "number of items inside the index.",
        Syntax = "key member radius:double unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] [count-block=(COUNT count [ANY])] "
            + "[order=(ASC|DESC)]",
        Deprecated = "6.2.0", ReplacedBy = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments")]
    public static void GeoRadiusByMemberRo(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.AroundMember);

    [Command("geosearch", Arity = -7, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Geo, Keys = "RO access @1",
        Group = CommandGroup.Geo, Since = "6.2.0", Summary = "Returns the places in a circle or rectangle.",
        Complexity = "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is "
            + "the number of items inside the shape",
        Syntax = "key from=(FROMMEMBER member|FROMLONLAT fromlonlat=(longitude:double latitude:double)) "
            + "by=(circle=(BYRADIUS radius:double unit=(M|KM|FT|MI))|box=(BYBOX width:double height:double unit=(M|KM|FT|MI))) "
            + "[order=(ASC|DESC)] [count-block=(COUNT count [ANY])] [WITHCOORD] [WITHDIST] [WITHHASH]",
        History = "7.0.0 Added support for uppercase unit names.")]
    public static void SearchPlaces(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.Search);

    [Command("geosearchstore", Arity = -8, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Geo, Keys = "OW update @1; RO access @2",
        Group = CommandGroup.Geo, Since = "6.2.0", Summary = "Stores the places in a circle or rectangle in another key.",
        Complexity = "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is "
            + "the number of items inside the shape",
        Syntax = "destination:key source:key#1 from=(FROMMEMBER member|FROMLONLAT fromlonlat=(longitude:double latitude:double)) "
            + "by=(circle=(BYRADIUS radius:double unit=(M|KM|FT|MI))|box=(BYBOX width:double height:double unit=(M|KM|FT|MI))) "
            + "[order=(ASC|DESC)] [count-block=(COUNT count [ANY])] [STOREDIST]",
        History = "7.0.0 Added support for uppercase unit names.")]
    public static void GeoSearchStore(CommandContext c) => GeoSearch.Run(c, GeoSearchForm.Search | GeoSearchForm.Stores);
}
