using Vm.Abi;
using Vm.Isa;
using Vm.Specs;

namespace Tests.Syscall;

/// <summary>Programs for walks: the same slots for both kernels.</summary>
internal static class WalkPrograms
{
    private const uint Sleepable = 1 << 4;

    /// <summary>A program of a text.</summary>
    public static LinkedProgram Make(ProgramType type, string text, AttachType attachType = AttachType.None)
    {
        RawInsn[] slots = Assembler.Assemble(text, "walk");
        return new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "walk", Section = "walk", Type = type, Insns = slots, Functions = [], LoadFlags = type == ProgramType.Syscall ? Sleepable : 0 },
            ObjectName = "walk",
            License = "GPL",
            Type = type,
            AttachType = attachType,
            Insns = slots,
            Maps = [],
        };
    }
}
