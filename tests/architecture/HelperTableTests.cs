using System.Reflection;
using Netdev.Programs;
using Vm.Helpers;

namespace Tests.Architecture;

/// <summary>Every method marked as a helper or kfunc has the number and name the kernel gives it.</summary>
public class HelperTableTests
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
        Assert.All(helpers, helper => Assert.Equal(KernelNames.Helpers[helper.Id], helper.Name));
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
}
