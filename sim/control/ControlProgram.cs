using Vm.Abi;
using Vm.Isa;
using Vm.Specs;

namespace Sim.Control;

/// <summary>The programs of scripts: they do nothing, and both hosts load the same bytes.</summary>
internal static class ControlProgram
{
    /// <summary>A program that lets every packet through.</summary>
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
