using Vm.Helpers;
using Vm.Maps;

namespace Vm.Verifier.Rules;

/// <summary>What the arguments of one call have shown so far. Source: Linux 6.12 kernel/bpf/verifier.c, struct bpf_call_arg_meta.</summary>
internal sealed class CallMeta(HelperBinding binding)
{
    public HelperBinding Binding { get; } = binding;

    public HelperSignature Signature => Binding.Signature;

    /// <summary>How messages name it: name#number.</summary>
    public string Name => $"{Signature.Name}#{Binding.Id:D}";

    public int Map { get; set; } = -1;

    public uint MapUid { get; set; }

    /// <summary>Register whose memory the callee fills, and how much of it; 0 for none.</summary>
    public int FilledRegister { get; set; }

    public int FilledBytes { get; set; }

    /// <summary>Register whose reference the callee takes; 0 for none.</summary>
    public int ReleaseRegister { get; set; }

    public uint RefId { get; set; }

    /// <summary>What the callee gets of a constant argument (<see cref="ArgSpec.Passed"/>): a size of memory returned, a type.</summary>
    public ulong Constant { get; set; }

    public int Callback { get; set; } = -1;

    public DynptrRules.Info Dynptr { get; set; }

    public (int Frame, int Slot) Iterator { get; set; }

    public SpecialField Kptr { get; set; }

    /// <summary>The list or tree the call works on.</summary>
    public SpecialField Root { get; set; }

    /// <summary>Type number of the counted object the call was given, and whether the program owns it.</summary>
    public int AllocationType { get; set; }

    public bool OwnsObject { get; set; }
}
