using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Specs;

namespace Vm.Linking;

/// <summary>What the user decides about linking.</summary>
public sealed record LinkOptions
{
    /// <summary>Types of the kernel to fit the program to; null for the built-in ones (<see cref="KernelTypes"/>).</summary>
    public BtfSpec? TargetBtf { get; init; }

    /// <summary>Program type to load as; null for what the section name says.</summary>
    public ProgramType? ProgramType { get; init; }

    /// <summary>Attach type to load with; null for what the section name says.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>
    /// Whether the kernel has a function of a name: the address of a weak <c>__ksym</c> it has not got is 0. Null leaves them all to the host.
    /// </summary>
    public Func<string, bool>? HasKernelSymbol { get; init; }
}

/// <summary>Turns a program of an object into one that any host can load.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__relocate, bpf_object__relocate_core, bpf_object__relocate_data.</remarks>
public static class Linker
{
    private const byte WideLoad = 0x18, MapIndex = 5, MapIndexValue = 6, KernelBtfId = 3, KernelCall = 2;

    /// <summary>Applies CO-RE and turns open references into indexes into tables.</summary>
    /// <param name="spec">The object; its maps are looked up by name.</param>
    /// <param name="program">One of its programs.</param>
    /// <param name="options">Target types and overrides; null for the defaults.</param>
    /// <returns>The linked program; the specs are not changed.</returns>
    /// <exception cref="BtfFormatException">A CO-RE record does not fit.</exception>
    /// <exception cref="ElfFormatException">A kernel config value was not set, or something used is defined nowhere.</exception>
    /// <remarks>O(slots + records); the name index of the target is built once.</remarks>
    public static LinkedProgram Link(ObjectSpec spec, ProgramSpec program, LinkOptions? options = null)
    {
        options ??= new LinkOptions();
        var insns = (RawInsn[])program.Insns.Clone();
        if (program.CoreRelocations.Count > 0) ApplyCore(spec, program, insns, options.TargetBtf ?? KernelTypes.Spec);
        var maps = new List<MapSpec>();
        var kfuncs = new List<ExternRef>();
        var symbols = new List<ExternRef>();
        foreach (var reference in program.References)
        {
            var at = insns.AsSpan(reference.Slot);
            switch (reference.Kind)
            {
                case ReferenceKind.Map:
                    PatchWide(spec, program, reference, at, MapIndex, IndexOf(spec, program, reference, maps), 0);
                    break;
                case ReferenceKind.MapValue:
                    PatchWide(spec, program, reference, at, MapIndexValue, IndexOf(spec, program, reference, maps), (int)reference.Addend);
                    break;
                case ReferenceKind.KernelSymbol when reference.Weak && options.HasKernelSymbol?.Invoke(reference.Name) == false:
                    PatchWide(spec, program, reference, at, 0, 0, 0);
                    break;
                case ReferenceKind.KernelSymbol:
                    PatchWide(spec, program, reference, at, KernelBtfId, IndexOf(spec, program, reference, symbols), 0);
                    break;
                case ReferenceKind.Kfunc:
                    at[0] = new RawInsn(at[0].Code, 0, KernelCall, 0, IndexOf(spec, program, reference, kfuncs));
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"reference kind {reference.Kind}");
            }
        }
        return new LinkedProgram
        {
            Spec = program,
            ObjectName = spec.Name,
            License = spec.License,
            Type = options.ProgramType ?? program.Type,
            AttachType = options.AttachType ?? program.AttachType,
            Insns = insns,
            Maps = maps,
            Kfuncs = kfuncs,
            KernelSymbols = symbols,
            Btf = spec.Btf,
        };
    }

    private static void ApplyCore(ObjectSpec spec, ProgramSpec program, RawInsn[] insns, BtfSpec target)
    {
        var relocator = new CoreRelocator(spec.Btf ?? throw Bad(spec, program, 0, "it has CO-RE records, but the object has no BTF"), target);
        foreach (var record in program.CoreRelocations)
            relocator.Apply(insns, record.Slot, record.TypeId, record.Access, (CoreKind)record.Kind);
    }

    private static int IndexOf(ObjectSpec spec, ProgramSpec program, OpenReference reference, List<MapSpec> maps)
    {
        int index = maps.FindIndex(map => map.Name == reference.Name);
        if (index >= 0) return index;
        var found = spec.Maps.FirstOrDefault(map => map.Name == reference.Name)
            ?? throw Bad(spec, program, reference.Slot, $"it uses map '{reference.Name}', which the object does not have");
        foreach (var variable in found.Variables)
        {
            if (variable.MustSet)
                throw Bad(spec, program, reference.Slot, $"no value is known for the kernel config '{variable.Name}'; set it before loading, or declare it __weak for 0", Errno.ESRCH);
        }
        maps.Add(found);
        return maps.Count - 1;
    }

    private static int IndexOf(ObjectSpec spec, ProgramSpec program, OpenReference reference, List<ExternRef> externs)
    {
        if (reference.TypeId == 0)
            throw Bad(spec, program, reference.Slot, $"'{reference.Name}' is neither defined in the object nor declared as __ksym; link the objects first (bpftool gen object), or avoid the C library call", Errno.ESRCH);
        int index = externs.FindIndex(known => known.Name == reference.Name && known.TypeId == reference.TypeId);
        if (index >= 0) return index;
        externs.Add(new ExternRef(reference.Name, reference.Weak, reference.TypeId));
        return externs.Count - 1;
    }

    private static void PatchWide(ObjectSpec spec, ProgramSpec program, OpenReference reference, Span<RawInsn> at, byte source, int first, int second)
    {
        if (at.Length < 2 || at[0].Code != WideLoad || at[1].Code != 0)
            throw Bad(spec, program, reference.Slot, $"its reference to '{reference.Name}' is not in a whole 64-bit constant");
        at[0] = new RawInsn(at[0].Code, at[0].Dst, source, 0, first);
        at[1] = new RawInsn(0, 0, 0, second);
    }

    private static ElfFormatException Bad(ObjectSpec spec, ProgramSpec program, int slot, string what, Errno errno = Errno.EINVAL) =>
        new(spec.Name, $"program {program.Name}, instruction {slot}", what, errno);
}
