using System.Buffers.Binary;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Kernel;
using Vm.Specs;

namespace Vm.Syscall;

/// <summary>What the instructions of a program name by number: maps by descriptor, kernel functions by BTF id. Each becomes an index into a table.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, add_kfunc_call, resolve_pseudo_ldimm64, check_pseudo_btf_id.</remarks>
internal sealed class ProgReferences(Call call)
{
    private const byte WideLoad = 0x18, CallCode = 0x85;
    private const int MapFd = 1, MapValue = 2, KernelSymbol = 3, MapIndex = 5, MapIndexValue = 6, KernelCall = 2;
    private const string NoFunction = "with BTF id 0";

    private readonly List<BpfMap> _maps = [];
    private readonly List<ExternRef> _kfuncs = [], _symbols = [];

    /// <summary>Maps in the order they were met, each once; held for the call.</summary>
    public IReadOnlyList<BpfMap> Maps => _maps;

    /// <summary>Kernel functions it calls.</summary>
    public IReadOnlyList<ExternRef> Kfuncs => _kfuncs;

    /// <summary>Kernel functions whose address it takes.</summary>
    public IReadOnlyList<ExternRef> Symbols => _symbols;

    private BtfSpec Types => call.Kernel.OwnTypes.Spec;

    /// <summary>Turns calls of kernel functions into indexes.</summary>
    public LoadRefusal? PlaceCalls(RawInsn[] insns)
    {
        for (int slot = 0; slot < insns.Length; slot++)
        {
            var insn = insns[slot];
            if (insn is not { Code: CallCode, Src: KernelCall }) continue;
            if (insn.Off != 0) return ModuleCall(slot, insn.Off);
            // Nobody minds before a path gets there.
            string name = insn.Imm == 0 ? NoFunction : Types.TryType((uint)insn.Imm, out var type) && type is BtfFunction function ? function.Name : "";
            if (name.Length == 0) return new LoadRefusal(Errno.EINVAL, $"instruction {slot} calls kernel type {insn.Imm}, which is no function");
            insns[slot] = insn with { Imm = IndexOf(_kfuncs, new ExternRef(name, false, (uint)insn.Imm)) };
        }
        return null;
    }

    /// <summary>Turns constants that stand for maps and kernel functions into indexes.</summary>
    /// <param name="insns">Slots.</param>
    /// <param name="end">The first that is malformed, where the kernel stops; their number when none is.</param>
    /// <returns>The first that cannot be placed; nothing behind it is.</returns>
    public LinkRefusal? PlaceConstants(RawInsn[] insns, int end)
    {
        for (int slot = 0; slot < end; slot++)
        {
            var insn = insns[slot];
            if (insn.Code != WideLoad) continue;
            var refused = insn.Src switch
            {
                MapFd or MapValue => PlaceMap(insns, slot, insn.Imm),
                MapIndex or MapIndexValue => PlaceIndexed(insns, slot),
                KernelSymbol => PlaceSymbol(insns, slot),
                _ => null,
            };
            if (refused is { } why) return new LinkRefusal(slot, why.Errno, why.Message);
            slot++;
        }
        return null;
    }

    /// <summary>Lets go of the maps.</summary>
    public void Release()
    {
        foreach (var map in _maps) map.LetGo();
    }

    private LoadRefusal ModuleCall(int slot, short offset)
    {
        ulong array = call.U64(ProgAttributes.FdArray);
        if (offset < 0) return new LoadRefusal(Errno.EINVAL, $"instruction {slot} calls a function of module {offset}");
        if (array == 0) return new LoadRefusal(Errno.EPROTO, $"instruction {slot} calls a function of a module, and there is no fd_array");
        if (!TryDescriptor(offset, out uint descriptor)) return new LoadRefusal(Errno.EFAULT, $"fd_array has no entry {offset}");
        var errno = call.Find<BpfBtf>(descriptor, out var btf);
        if (errno == Errno.None) btf.Dispose();
        return new LoadRefusal(errno != Errno.None ? errno : Errno.EINVAL, $"descriptor {descriptor} is no module's BTF: there are no modules here");
    }

    private LoadRefusal? PlaceIndexed(RawInsn[] insns, int slot)
    {
        if (call.U64(ProgAttributes.FdArray) == 0) return new LoadRefusal(Errno.EPROTO, $"instruction {slot} names a map by index, and there is no fd_array");
        return TryDescriptor(insns[slot].Imm, out uint descriptor) ? PlaceMap(insns, slot, (int)descriptor) : new LoadRefusal(Errno.EFAULT, $"fd_array has no entry {insns[slot].Imm}");
    }

    private LoadRefusal? PlaceMap(RawInsn[] insns, int slot, int descriptor)
    {
        var errno = call.Find<BpfMap>((uint)descriptor, out var map);
        if (errno != Errno.None) return new LoadRefusal(errno, $"fd {descriptor} is not pointing to valid bpf_map");
        using (map)
        {
            int index = _maps.IndexOf(map.Object);
            if (index < 0)
            {
                if (!map.Object.TryHold()) return new LoadRefusal(Errno.EBADF, $"fd {descriptor} is not pointing to valid bpf_map");
                index = _maps.Count;
                _maps.Add(map.Object);
            }
            bool value = insns[slot].Src is MapValue or MapIndexValue;
            insns[slot] = new RawInsn(WideLoad, insns[slot].Dst, value ? MapIndexValue : MapIndex, insns[slot].Off, index);
            return null;
        }
    }

    private LoadRefusal? PlaceSymbol(RawInsn[] insns, int slot)
    {
        uint id = (uint)insns[slot].Imm;
        if (insns[slot + 1].Imm != 0) return new LoadRefusal(Errno.EINVAL, $"instruction {slot} takes an address of a module: there are none here");
        if (!Types.TryType(id, out var type)) return new LoadRefusal(Errno.ENOENT, $"instruction {slot} takes the address of kernel type {id}, which there is not");
        if (type is not (BtfFunction or BtfVariable)) return new LoadRefusal(Errno.EINVAL, $"instruction {slot} takes the address of {type.Describe()}");
        insns[slot] = insns[slot] with { Imm = IndexOf(_symbols, new ExternRef(type.Name, false, id)) };
        return null;
    }

    private bool TryDescriptor(int index, out uint descriptor)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool there = call.Memory.TryRead(call.U64(ProgAttributes.FdArray) + (ulong)(index * (long)sizeof(uint)), bytes);
        descriptor = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return there;
    }

    private static int IndexOf(List<ExternRef> table, ExternRef one)
    {
        int index = table.IndexOf(one);
        if (index >= 0) return index;
        table.Add(one);
        return table.Count - 1;
    }
}
