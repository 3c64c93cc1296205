using System.Reflection;
using System.Reflection.Emit;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>bpf_map_lookup_elem on a map that is known: arrays in place, other maps without the detour through virtual dispatch.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/arraymap.c, array_map_gen_lookup; kernel/bpf/verifier.c, do_misc_fixups.</remarks>
internal sealed class MapLookupEmit(Emission e)
{
    private static readonly MethodInfo s_cpu = typeof(ExecContext).GetProperty(nameof(ExecContext.Cpu))!.GetMethod!;
    private static readonly Type[] s_lookupParameters = [typeof(ExecContext), typeof(ulong)];

    private LocalBuilder? _index;

    /// <summary>Emits the call if it is a lookup it knows; false leaves it to the general way.</summary>
    /// <param name="binding">What is called.</param>
    /// <param name="map">Index of the map.</param>
    /// <param name="constantKey">The key when it is known; -1 otherwise.</param>
    public bool TryEmit(HelperBinding binding, int map, long constantKey)
    {
        if (binding.Id != HelperId.MapLookupElem) return false;
        switch (e.MapAt(map))
        {
            case ArrayMap array:
                EmitArray(array, array.ValueBase, array.Stride, 0, constantKey);
                return true;
            case PerCpuArrayMap array:
                EmitArray(array, array.ValueBase, array.Stride, array.CpuStride, constantKey);
                return true;
            case HashMapBase hash:
                e.LoadMap(map, hash.GetType());
                e.LoadExec();
                e.Registers.Load(2);
                e.Il.Emit(OpCodes.Call, MostDerivedLookup(hash.GetType()));
                e.Registers.Store(0);
                return true;
            default:
                return false;
        }
    }

    private void EmitArray(Map map, ulong valueBase, int stride, long cpuStride, long constantKey)
    {
        if (constantKey >= 0)
        {
            if (constantKey >= map.Spec.MaxEntries) e.LoadConstant(0);
            else PushEntry(valueBase + (ulong)constantKey * (ulong)stride, cpuStride);
            e.Registers.Store(0);
            return;
        }

        var il = e.Il;
        _index ??= il.DeclareLocal(typeof(ulong));
        var absent = il.DefineLabel();
        var done = il.DefineLabel();
        e.Registers.Load(2);
        MemoryEmit.LoadIndirect(il, 4, signed: false);
        il.Emit(OpCodes.Stloc, _index);
        il.Emit(OpCodes.Ldloc, _index);
        e.LoadConstant(map.Spec.MaxEntries);
        il.Emit(OpCodes.Bge_Un, absent);
        il.Emit(OpCodes.Ldloc, _index);
        e.LoadConstant(stride);
        il.Emit(OpCodes.Mul);
        PushEntry(valueBase, cpuStride);
        il.Emit(OpCodes.Add);
        e.Registers.Store(0);
        il.Emit(OpCodes.Br, done);
        il.MarkLabel(absent);
        e.LoadConstant(0);
        e.Registers.Store(0);
        il.MarkLabel(done);
    }

    private void PushEntry(ulong address, long cpuStride)
    {
        e.LoadConstant((long)address);
        if (cpuStride == 0) return;
        e.LoadExec();
        e.Il.Emit(OpCodes.Call, s_cpu);
        e.Il.Emit(OpCodes.Conv_I8);
        e.LoadConstant(cpuStride);
        e.Il.Emit(OpCodes.Mul);
        e.Il.Emit(OpCodes.Add);
    }

    private static MethodInfo MostDerivedLookup(Type type) => type.GetMethod(nameof(Map.ProgramLookup), s_lookupParameters)!;
}
