using System.Reflection;
using System.Text.RegularExpressions;
using Netdev.Programs;
using Vm.Abi;
using Vm.Helpers;

namespace Tests.Architecture;

/// <summary>Every method marked as a helper or kfunc has the number and name the kernel gives it.</summary>
public partial class HelperTableTests
{
    private static readonly MethodInfo[] s_methods =
    [
        .. new[] { typeof(Vm.BpfObject).Assembly, typeof(Netdev.Devices.Network).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)),
    ];

    [Fact]
    public void EveryHelper_HasItsKernelNumberAndName()
    {
        var helpers = s_methods.Select(m => m.GetCustomAttribute<HelperAttribute>()).OfType<HelperAttribute>().ToArray();
        Assert.True(helpers.Length > 80, $"only {helpers.Length} helpers");
        Assert.All(helpers, helper => Assert.Equal(helper.Id.KernelName(), helper.Name));
    }

    [Fact]
    public void EveryKfunc_IsAFunctionOfTheKernel()
    {
        var kfuncs = s_methods.Select(m => m.GetCustomAttribute<KfuncAttribute>()).OfType<KfuncAttribute>().Select(k => k.Name).ToArray();
        Assert.True(kfuncs.Length > 15, $"only {kfuncs.Length} kfuncs");
        Assert.All(kfuncs, name => Assert.Contains(name, KernelNames.Kfuncs));
    }

    [Fact]
    public void EveryMarkedMethod_IsPublicSoThatTheBinderSeesIt() =>
        Assert.All(s_methods.Where(m => m.IsDefined(typeof(HelperAttribute)) || m.IsDefined(typeof(KfuncAttribute))), m => Assert.True(m.IsPublic, m.Name));

    [Fact]
    public void HelperNumbers_AreTheKernels()
    {
        Assert.Equal(Enumerable.Range(0, 212), Enum.GetValues<HelperId>().Select(id => (int)id));
        Assert.Equal("bpf_map_lookup_elem", ((HelperId)1).KernelName());
        Assert.Equal("bpf_skc_to_tcp6_sock", ((HelperId)136).KernelName());
        Assert.Equal("bpf_cgrp_storage_delete", ((HelperId)211).KernelName());
        Assert.Null(((HelperId)212).KernelName());
        Assert.Null(HelperId.Unspec.KernelName());
    }

    [Fact]
    public void HelperNames_AreThoseOfTheKernelsHeader()
    {
        const string header = "/usr/include/linux/bpf.h";
        if (!File.Exists(header)) Assert.Skip($"{header} is not installed");
        string[] known = [.. KernelHelper().Matches(File.ReadAllText(header)).Select(row => $"bpf_{row.Groups[1].Value}")];
        Assert.Equal("bpf_unspec", known[0]);
        // A header may be older than 6.12, or newer.
        foreach (var (number, name) in known.Index().Skip(1).Take(211)) Assert.Equal(name, ((HelperId)number).KernelName());
    }

    // Each on a line of its own, in order: FN(map_lookup_elem, or FN(map_lookup_elem, 1, ##ctx).
    [GeneratedRegex(@"^\s*FN\((\w+)", RegexOptions.Multiline)]
    private static partial Regex KernelHelper();
}
