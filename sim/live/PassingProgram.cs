using Vm.Abi;
using Vm.Isa;
using Vm.Specs;

namespace Sim.Live;

/// <summary>A program that lets everything through, the same bytes for the simulator and the kernel.</summary>
internal static class PassingProgram
{
    /// <summary>Makes it.</summary>
    public static LinkedProgram Make(string name, ProgramType type)
    {
        RawInsn[] slots = Assembler.Assemble(type == ProgramType.Xdp ? "r0 = 2\nexit" : "r0 = -1\nexit", name);
        return new LinkedProgram
        {
            Spec = new ProgramSpec { Name = name, Section = "tc", Type = type, Insns = slots, Functions = [] },
            ObjectName = "script",
            License = "GPL",
            Type = type,
            Insns = slots,
            Maps = [],
        };
    }
}
