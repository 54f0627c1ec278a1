using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>What holds in a counted tree after every change: counts, weights, first entries, levels, and how full nodes are.</summary>
internal static class TreeCheck
{
    /// <summary>Looks at all nodes; returns how many leaves there are.</summary>
    public static int Run<TOrder>(in CountedTreeRoot root)
        where TOrder : struct, ITreeOrder
    {
        if (root.Node.IsNull)
        {
            Assert.Equal((0, 0, 0, 0), (root.Height, root.Count, root.Weight, root.Bytes));
            return 0;
        }

        Assert.True(root.Height == 0 || root.Node.Count >= 2, "a root with one child");
        var sum = Visit<TOrder>(root.Node, root.Height, leftEdge: true, rightEdge: true);
        Assert.Equal((root.Count, root.Weight), (sum.Count, sum.Weight));
        return sum.Leaves;
    }

    private static (long Count, long Weight, int Leaves) Visit<TOrder>(TreeNode node, int level, bool leftEdge, bool rightEdge)
        where TOrder : struct, ITreeOrder
    {
        var capacity = level == 0 ? TOrder.LeafCapacity : TOrder.InnerCapacity;
        Assert.Equal(level, node.Level);
        Assert.True(node.Capacity == capacity || (level == 0 && leftEdge && rightEdge && node.Capacity < capacity), "capacity");
        Assert.InRange(node.Count, leftEdge || rightEdge ? 1 : capacity / 3, node.Capacity);
        if (level == 0)
        {
            long weight = 0;
            foreach (var entry in node.EntrySpan) weight += TOrder.IsWeighted ? (long)entry.Key : 1;
            return (node.Count, weight, 1);
        }

        (long Count, long Weight, int Leaves) sum = default;
        for (var i = 0; i < node.Count; i++)
        {
            var child = node.ChildSpan[i];
            var below = Visit<TOrder>(child, level - 1, leftEdge && i == 0, rightEdge && i == node.Count - 1);
            Assert.Equal(below.Weight, node.WeightSpan[i]);
            Assert.Equal(child.EntrySpan[0], node.EntrySpan[i]);
            sum = (sum.Count + below.Count, sum.Weight + below.Weight, sum.Leaves + below.Leaves);
        }

        return sum;
    }
}
