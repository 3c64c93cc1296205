using Vm.Abi;
using Vm.Btf;

namespace Sim.Fuzz;

/// <summary>The types of generated programs: what the kernel wants to know of functions and of a value with a lock.</summary>
internal static class FuzzTypes
{
    static FuzzTypes()
    {
        var made = new BtfBuilder();
        uint number = made.Int("unsigned long", 8);
        KeyId = made.Int("unsigned int", 4);
        uint lockId = made.Composite("bpf_spin_lock", isUnion: false, 4, [new BtfMember("val", KeyId, 0, 0)]);
        LockedValueId = made.Composite("locked", isUnion: false, FuzzMaps.LockedBytes,
            [new BtfMember("lock", lockId, 0, 0), new BtfMember("count", KeyId, 32, 0), new BtfMember("sum", number, 64, 0)]);
        ObjectId = made.Composite("thing", isUnion: false, ObjectBytes, [new BtfMember("one", number, 0, 0), new BtfMember("two", number, 64, 0)]);
        StaticId = made.Function("step", made.Prototype(number, [new BtfParameter("a", number), new BtfParameter("b", number)]), BtfLinkage.Static);
        SkbGlobalId = Global(made, number, "__sk_buff");
        XdpGlobalId = Global(made, number, "xdp_md");
        Spec = made.Build("fuzz");
    }

    /// <summary>Types of the programs.</summary>
    public static IReadOnlyList<ProgramType> Programs { get; } = [ProgramType.SchedCls, ProgramType.Xdp, ProgramType.Syscall];

    /// <summary>All of them.</summary>
    public static BtfSpec Spec { get; }

    /// <summary>A 4-byte number.</summary>
    public static uint KeyId { get; }

    /// <summary>A value with a bpf_spin_lock at 0, 4 bytes and 8 bytes to change.</summary>
    public static uint LockedValueId { get; }

    /// <summary>A struct of two numbers that programs make objects of.</summary>
    public static uint ObjectId { get; }

    /// <summary>Its size.</summary>
    public const int ObjectBytes = 16;

    /// <summary>Static functions, the main program and callbacks.</summary>
    public static uint StaticId { get; }

    /// <summary>A global function of SCHED_CLS programs: context and number.</summary>
    public static uint SkbGlobalId { get; }

    /// <summary>A global function of XDP programs: context and number.</summary>
    public static uint XdpGlobalId { get; }

    private static uint Global(BtfBuilder made, uint number, string context)
    {
        uint pointer = made.Pointer(made.Composite(context, isUnion: false, 4, [new BtfMember("first", KeyId, 0, 0)]));
        return made.Function($"see{context}", made.Prototype(number, [new BtfParameter("ctx", pointer), new BtfParameter("n", number)]), BtfLinkage.Global);
    }
}
