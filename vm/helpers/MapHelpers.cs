using Vm.Abi;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Map calls of programs. Each is the map's own method behind its helper number.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_map_*_elem_proto; kernel/bpf/core.c, bpf_tail_call.</remarks>
public static class MapHelpers
{
    /// <summary>Tail calls a chain may make. Source: Linux 6.12 include/linux/bpf.h, MAX_TAIL_CALL_CNT.</summary>
    public const int MaxTailCalls = 33;

    /// <summary>Address of the value, or 0.</summary>
    [Helper(HelperId.MapLookupElem, Flags = CallFlags.TakesPacket)]
    public static MapValueOrNull Lookup(ExecContext x, Map map, MapKey key) => new(map.ProgramLookup(x, key.Address));

    /// <summary>0 or a negative errno; <paramref name="flags"/> are BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK.</summary>
    [Helper(HelperId.MapUpdateElem, Flags = CallFlags.TakesPacket)]
    public static long Update(ExecContext x, Map map, MapKey key, MapValue value, ulong flags) => map.ProgramUpdate(x, key.Address, value.Address, flags);

    /// <summary>0 or a negative errno.</summary>
    [Helper(HelperId.MapDeleteElem, Flags = CallFlags.TakesPacket)]
    public static long Delete(ExecContext x, Map map, MapKey key) => map.ProgramDelete(x, key.Address);

    /// <summary>Names the program to go on with, unless the slot is empty, out of range, or 33 tail calls are done.</summary>
    [Helper(HelperId.TailCall, Flags = CallFlags.TailCall | CallFlags.ChangesPacket)]
    public static void TailCall(ExecContext x, [Arg(KindOverride = (int)ArgKind.Context)] ulong ctx, ProgArrayMap programs, uint index)
    {
        if (x.Run.TailCalls >= MaxTailCalls || programs.At(index) is not { } target) return;
        x.Run.TailCalls++;
        x.Run.TailTarget = target;
    }

    /// <summary>Appends a value: 0, E2BIG when full, EINVAL for other flags than BPF_EXIST.</summary>
    [Helper(HelperId.MapPushElem, Flags = CallFlags.TakesPacket)]
    public static long Push(QueueStackMap map, MapValue value, ulong flags) => map.Push(value.Address, flags);

    /// <summary>Takes a value: 0, or ENOENT with the buffer zeroed.</summary>
    [Helper(HelperId.MapPopElem)]
    public static long Pop(QueueStackMap map, [Arg(Flags = ArgFlags.Uninit)] MapValue value) => map.Pop(value.Address);

    /// <summary>Reads the next value without taking it: 0, or ENOENT with the buffer zeroed.</summary>
    [Helper(HelperId.MapPeekElem)]
    public static long Peek(QueueStackMap map, [Arg(Flags = ArgFlags.Uninit)] MapValue value) => map.Peek(value.Address);

    /// <summary>Address of another CPU's copy, or 0.</summary>
    [Helper(HelperId.MapLookupPercpuElem, Flags = CallFlags.TakesPacket)]
    public static MapValueOrNull LookupPerCpu(Map map, MapKey key, uint cpu) => new(map switch
    {
        PerCpuArrayMap array => array.LookupOn((int)cpu, key.Address),
        HashMapBase { PerCpu: true } hash => hash.LookupOn((int)cpu, key.Address),
        _ => 0,
    });

    /// <summary>Calls back for every element until the callback returns 1.</summary>
    /// <returns>Elements visited; EINVAL for flags.</returns>
    [Helper(HelperId.ForEachMapElem, Flags = CallFlags.CallsBack)]
    public static long ForEach(ExecContext x, Map map, GuestCallback callback, [Arg(KindOverride = (int)ArgKind.Memory, Flags = ArgFlags.MaybeNull)] ulong context, ulong flags)
    {
        if (flags != 0) return -(long)Errno.EINVAL;
        return map switch
        {
            ArrayMap array => ForEachIndex(x, array, callback, context, index => array.ValueBase + (ulong)index * (ulong)array.Stride),
            PerCpuArrayMap array => ForEachIndex(x, array, callback, context, index => array.ValueBase + (ulong)(x.Cpu * array.CpuStride) + (ulong)index * (ulong)array.Stride),
            HashMapBase hash => hash.ForEach(x.Cpu, (key, value) => LoopHelpers.Step(x, callback, map.Handle, key, value, context) != 0),
            _ => -(long)Errno.EINVAL,
        };
    }

    private static long ForEachIndex(ExecContext x, Map map, GuestCallback callback, ulong context, Func<uint, ulong> valueOf)
    {
        ulong key = x.Keys.Take(ref x.Run);
        long visited = 0;
        for (uint index = 0; index < map.Spec.MaxEntries; index++)
        {
            visited++;
            Native.Ref<uint>(key) = index;
            if (LoopHelpers.Step(x, callback, map.Handle, key, valueOf(index), context) != 0) break;
        }
        x.Run.KeysInUse--;
        return visited;
    }
}
