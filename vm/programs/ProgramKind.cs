using Vm.Abi;
using Vm.Helpers;

namespace Vm.Programs;

/// <summary>How far a program type may go with the packet.</summary>
public enum PacketAccess
{
    /// <summary>There is no packet.</summary>
    None,

    /// <summary>Direct loads only.</summary>
    Read,

    /// <summary>Direct loads and stores.</summary>
    ReadWrite,
}

/// <summary>Everything that differs between program types, as data.</summary>
/// <remarks>
/// The vm knows no packets: the networking side builds these and hands them over.
/// Source: Linux 6.12 include/linux/bpf_types.h; net/core/filter.c, *_verifier_ops.
/// </remarks>
public sealed record ProgramKind
{
    /// <summary>Program type.</summary>
    public required ProgramType Type { get; init; }

    /// <summary>Layout of the context in R1.</summary>
    public required ContextLayout Context { get; init; }

    /// <summary>Helpers by number.</summary>
    public required IReadOnlyDictionary<HelperId, HelperBinding> Helpers { get; init; }

    /// <summary>Kernel functions by name.</summary>
    public required IReadOnlyDictionary<string, HelperBinding> Kfuncs { get; init; }

    /// <summary>Names of all kernel functions we know, also those this type may not call; for messages.</summary>
    public required IReadOnlySet<string> KfuncNames { get; init; }

    /// <summary>Kernel functions there are here, whatever types may call them: a weak symbol of such a name is not null.</summary>
    public IReadOnlySet<string> SimulatedKfuncs { get; init; } = new HashSet<string>();

    /// <summary>Numbers of the helpers the kernel has for this type, whether or not we have them.</summary>
    public IReadOnlySet<HelperId> KernelHelpers { get; init; } = new HashSet<HelperId>();

    /// <summary>Direct packet access.</summary>
    public PacketAccess Packet { get; init; }

    /// <summary>True when LD_ABS and LD_IND are allowed.</summary>
    public bool LegacyPacketLoads { get; init; }

    /// <summary>True when programs of this type are always sleepable (SYSCALL).</summary>
    public bool Sleepable { get; init; }

    /// <summary>Inclusive range R0 must have at exit; null when any value is allowed.</summary>
    public (long Min, long Max)? ReturnRange { get; init; }

    /// <summary>Ranges of programs loaded for certain attach types, in place of <see cref="ReturnRange"/>.</summary>
    public IReadOnlyDictionary<AttachType, (long Min, long Max)> ReturnRanges { get; init; } = new Dictionary<AttachType, (long, long)>();

    /// <summary>Inclusive range R0 must have at exit of a program loaded for an attach type; null when any value is allowed.</summary>
    public (long Min, long Max)? ReturnRangeFor(AttachType type) => ReturnRanges.TryGetValue(type, out var range) ? range : ReturnRange;

    /// <summary>The subclass of <see cref="Runtime.ExecContext"/> the helpers of this type expect.</summary>
    public required Type ExecType { get; init; }

    /// <summary>
    /// LD_ABS / LD_IND: <c>static long Load(ulong ctx, int offset, int bytes)</c>; the value in host order, or negative when out of
    /// range, which ends the program with 0. Null when not allowed.
    /// </summary>
    public System.Reflection.MethodInfo? LegacyLoad { get; init; }
}
