using Sim.Compare;
using Sim.Dissect;
using Tests.Objects;
using Vm.Specs;

namespace Tests.Kernel;

/// <summary>A helper in a program is no excuse: only what goes away with it is explained by it.</summary>
public sealed class ProvenComparisonTests
{
    private const int Random = 7, Hash = 34;

    [Fact]
    public void ADifferenceThatGoesAway_IsExplained_AndOneThatStays_IsNot()
    {
        var found = ProvenComparison.Run(Make(spec => Calls(spec, Random) ? ["retval", "cb[2]"] : ["cb[2]"]), KernelSide.TestRun);
        Assert.Equal(["cb[2]"], found.Unexplained.SelectMany(d => d.Fields).Select(f => f.Field));
        var explained = Assert.Single(found.Differences, d => d.Explanation is not null);
        Assert.Equal(("bpf_get_prandom_u32", "retval"), (explained.Explanation!.Name, Assert.Single(explained.Fields).Field));
        Assert.False(found.Equal);
    }

    [Fact]
    public void TwoReasons_AreToldApart_AndReasonsTogetherAreTriedLast()
    {
        var apart = ProvenComparison.Run(Make(spec => [.. Calls(spec, Random) ? (string[])["mark"] : [], .. Calls(spec, Hash) ? (string[])["hash"] : []]), KernelSide.TestRun);
        Assert.True(apart.Equal);
        Assert.Equal(["bpf_get_hash_recalc: hash", "bpf_get_prandom_u32: mark"], apart.Differences.Select(d => $"{d.Explanation!.Name}: {d.Fields[0].Field}").Order());
        var together = ProvenComparison.Run(Make(spec => Calls(spec, Random) || Calls(spec, Hash) ? ["mark"] : []), KernelSide.TestRun);
        Assert.True(together.Equal);
        Assert.Equal("bpf_get_prandom_u32 and bpf_get_hash_recalc", Assert.Single(together.Differences).Explanation!.Name);
    }

    [Fact]
    public void WhatShowsOnlyWithAConstant_CountsToo()
    {
        var found = ProvenComparison.Run(Make(spec => Calls(spec, Random) ? ["retval"] : Constant(spec) == 7 ? [] : ["len"]), KernelSide.TestRun);
        Assert.False(found.Equal);
        Assert.Equal("len", Assert.Single(Assert.Single(found.Unexplained).Fields).Field);
    }

    [Fact]
    public void OtherSidesReasons_ExplainNothing()
    {
        int made = 0;
        var found = ProvenComparison.Run(
            rewrite =>
            {
                made++;
                return Make(_ => ["retval"])(rewrite);
            },
            KernelSide.RealDevices);
        Assert.False(found.Equal);
        // Once as it is, twice for each of the two helpers, twice for both.
        Assert.Equal(7, made);
    }

    private static ProvenComparison.Make Make(Func<ObjectSpec, string[]> differing) => rewrite =>
    {
        var spec = rewrite(Spec());
        var made = new Comparison { Name = "made up" };
        string[] fields = differing(spec);
        if (fields.Length > 0) made.Differences.Add(new Difference("p", 1, [.. fields.Select(field => new FieldDifference("__sk_buff", field, "1", "2"))]));
        return made;
    };

    private static ObjectSpec Spec()
    {
        var spec = TestObjects.Read("ownership.o");
        var program = spec.Programs[0] with { Insns = [new(0x85, 0, 0, 0, Random), new(0x85, 0, 0, 0, Hash), new(0x95, 0, 0, 0, 0)] };
        return spec with { Programs = [program] };
    }

    private static bool Calls(ObjectSpec spec, int helper) => spec.Programs[0].Insns.Any(insn => insn.Code == 0x85 && insn.Imm == helper);

    private static int Constant(ObjectSpec spec) => spec.Programs[0].Insns[0].Imm;
}
