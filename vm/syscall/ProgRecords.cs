using System.Buffers.Binary;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Kernel;
using Vm.Loading;
using Vm.Specs;

namespace Vm.Syscall;

/// <summary>What BPF_PROG_LOAD is told of a program beside its instructions: functions, source lines, places to fit to the kernel's types.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_btf_info_early, check_btf_func, check_btf_line, check_core_relo.</remarks>
internal sealed class ProgRecords(Call call)
{
    private const int CoreBytes = 16, LargestRecord = 252, InsnBytes = 8;

    /// <summary>The types; null without records. Held by whoever calls, for the length of the call.</summary>
    public BpfBtf? Btf { get; private set; }

    /// <summary>struct bpf_func_info records.</summary>
    public byte[] Functions { get; private set; } = [];

    /// <summary>struct bpf_line_info records.</summary>
    public byte[] Lines { get; private set; } = [];

    /// <summary>Types and functions, before anything is known of the program's shape.</summary>
    public LoadRefusal? ReadFunctions()
    {
        uint count = call.U32(ProgAttributes.FuncInfoCount);
        if (count == 0 && call.U32(ProgAttributes.LineInfoCount) == 0) return null;
        var errno = call.Find<BpfBtf>(call.U32(ProgAttributes.BtfFd), out var btf);
        if (errno != Errno.None) return new LoadRefusal(errno, $"descriptor {call.U32(ProgAttributes.BtfFd)} is no BTF");
        using (btf)
        {
            if (btf.Object.IsKernel) return new LoadRefusal(Errno.EACCES, "a program cannot be of the kernel's own types");
            btf.Object.Acquire();
            Btf = btf.Object;
        }
        if (count == 0) return null;
        if (count > int.MaxValue / DebugRecords.FunctionBytes) return new LoadRefusal(Errno.ENOMEM, $"{count} function records");
        if (Read(ProgAttributes.FuncInfo, count, ProgAttributes.FuncInfoSize, DebugRecords.FunctionBytes, CheckFunction, out byte[] all) is { } refused) return refused;
        Functions = all;
        return null;
    }

    /// <summary>Everything else, against the functions calls show, and the instructions fitted.</summary>
    /// <param name="insns">As handed over; CO-RE records change them.</param>
    /// <param name="starts">First slot of each function.</param>
    public LoadRefusal? Finish(RawInsn[] insns, IReadOnlyList<int> starts)
    {
        if (Btf is null) return null;
        if (Functions.Length > 0)
        {
            if (Functions.Length / DebugRecords.FunctionBytes != starts.Count)
                return new LoadRefusal(Errno.EINVAL, $"{Functions.Length / DebugRecords.FunctionBytes} function records for {starts.Count} functions");
            for (int i = 0; i < starts.Count; i++)
                if (Word(Functions, i * DebugRecords.FunctionBytes) != starts[i]) return new LoadRefusal(Errno.EINVAL, $"function {i} starts at {starts[i]}, and its record says otherwise");
        }
        return ReadLines(insns, starts) ?? ApplyCore(insns);
    }

    /// <summary>Functions as a spec has them.</summary>
    /// <param name="name">The program's own name.</param>
    public FunctionInfo[] FunctionInfos(string name)
    {
        if (Functions.Length == 0) return [new FunctionInfo(0, name, 0, false)];
        var infos = new FunctionInfo[Functions.Length / DebugRecords.FunctionBytes];
        for (int i = 0; i < infos.Length; i++)
        {
            uint id = Word(Functions, i * DebugRecords.FunctionBytes + 4);
            var function = (BtfFunction)Btf!.Spec[id];
            infos[i] = new FunctionInfo((int)Word(Functions, i * DebugRecords.FunctionBytes), function.Name, id, i > 0 && function.Linkage == BtfLinkage.Global);
        }
        return infos;
    }

    /// <summary>Lines as a spec has them.</summary>
    public LineInfo[] LineInfos()
    {
        var infos = new LineInfo[Lines.Length / DebugRecords.LineBytes];
        for (int i = 0; i < infos.Length; i++)
        {
            int at = i * DebugRecords.LineBytes;
            uint file = Word(Lines, at + 4), text = Word(Lines, at + 8), place = Word(Lines, at + 12);
            infos[i] = new LineInfo((int)Word(Lines, at), Btf!.Spec.StringAt(file), Btf.Spec.StringAt(text), (int)(place >> 10), (int)(place & 0x3ff), file, text);
        }
        return infos;
    }

    private LoadRefusal? CheckFunction(byte[] records, int index)
    {
        int at = index * DebugRecords.FunctionBytes;
        uint slot = Word(records, at), id = Word(records, at + 4);
        if (index == 0 ? slot != 0 : slot <= Word(records, at - DebugRecords.FunctionBytes)) return new LoadRefusal(Errno.EINVAL, $"function record {index} starts at {slot}: out of order");
        return Btf!.Spec.TryType(id, out var type) && type is BtfFunction ? null : new LoadRefusal(Errno.EINVAL, $"type {id} of function record {index} is no function");
    }

    private LoadRefusal? ReadLines(RawInsn[] insns, IReadOnlyList<int> starts)
    {
        uint count = call.U32(ProgAttributes.LineInfoCount);
        if (count == 0) return null;
        if (count > int.MaxValue / DebugRecords.LineBytes) return new LoadRefusal(Errno.EINVAL, $"{count} line records");
        int covered = 0;
        if (Read(ProgAttributes.LineInfo, count, ProgAttributes.LineInfoSize, DebugRecords.LineBytes, Check, out byte[] all) is { } refused) return refused;
        if (covered != starts.Count) return new LoadRefusal(Errno.EINVAL, $"no line record for the start of function {covered}");
        Lines = all;
        return null;

        LoadRefusal? Check(byte[] records, int index)
        {
            int at = index * DebugRecords.LineBytes;
            uint slot = Word(records, at);
            if ((index > 0 && slot <= Word(records, at - DebugRecords.LineBytes)) || slot >= insns.Length) return new LoadRefusal(Errno.EINVAL, $"line record {index} is for slot {slot}: out of order");
            if (insns[slot].Code == 0) return new LoadRefusal(Errno.EINVAL, $"line record {index} is for slot {slot}, the second half of a constant");
            if (!IsText(Word(records, at + 4)) || !IsText(Word(records, at + 8))) return new LoadRefusal(Errno.EINVAL, $"line record {index} names strings that are not there");
            if (covered == starts.Count) return null;
            if (slot == starts[covered]) covered++;
            else if (starts[covered] < slot) return new LoadRefusal(Errno.EINVAL, $"no line record for the start of function {covered}");
            return null;
        }
    }

    private LoadRefusal? ApplyCore(RawInsn[] insns)
    {
        uint count = call.U32(ProgAttributes.CoreCount);
        if (count == 0) return null;
        if (count > int.MaxValue / CoreBytes) return new LoadRefusal(Errno.EINVAL, $"{count} CO-RE records");
        var relocator = new CoreRelocator(Btf!.Spec, call.Kernel.OwnTypes.Spec);
        return Read(ProgAttributes.CoreRelos, count, ProgAttributes.CoreSize, CoreBytes, Apply, out _);

        LoadRefusal? Apply(byte[] records, int index)
        {
            int at = index * CoreBytes;
            uint offset = Word(records, at), access = Word(records, at + 8);
            if (offset % InsnBytes != 0 || offset / InsnBytes >= insns.Length) return new LoadRefusal(Errno.EINVAL, $"CO-RE record {index} is for byte {offset}");
            if (!IsText(access)) return new LoadRefusal(Errno.EINVAL, $"CO-RE record {index} names a string that is not there");
            try
            {
                relocator.Apply(insns, (int)(offset / InsnBytes), Word(records, at + 4), Btf.Spec.StringAt(access), (CoreKind)Word(records, at + 12));
                return null;
            }
            catch (BtfFormatException wrong)
            {
                return new LoadRefusal(Errno.EINVAL, wrong.Message);
            }
        }
    }

    /// <summary>Reads records of the size the caller knows; what lies behind the part known here must be zero. Each is checked when it has been read.</summary>
    private LoadRefusal? Read(int address, uint count, int sizeOffset, int known, Func<byte[], int, LoadRefusal?> check, out byte[] records)
    {
        records = [];
        uint size = call.U32(sizeOffset);
        if (size < known || size > LargestRecord || size % sizeof(uint) != 0) return new LoadRefusal(Errno.EINVAL, $"records of {size} bytes");
        Span<byte> one = stackalloc byte[(int)size];
        // As many as the caller has memory for, not as many as he says.
        for (uint i = 0; i < count; i++)
        {
            ulong from = call.U64(address) + (ulong)i * size;
            if (!call.Memory.TryRead(from + (ulong)known, one[known..])) return new LoadRefusal(Errno.EFAULT, $"record {i} cannot be read");
            if (one[known..].IndexOfAnyExcept((byte)0) >= 0)
                return new LoadRefusal(call.TryPut(sizeOffset, (uint)known) ? Errno.E2BIG : Errno.EFAULT, $"record {i} has bytes behind the {known} that are known here");
            if (!call.Memory.TryRead(from, one[..known])) return new LoadRefusal(Errno.EFAULT, $"record {i} cannot be read");
            int end = (int)(i + 1) * known;
            if (records.Length < end) Array.Resize(ref records, Math.Max(end, Math.Min(records.Length * 2, (int)count * known)));
            one[..known].CopyTo(records.AsSpan(end - known));
            if (check(records, (int)i) is { } refused) return refused;
        }
        Array.Resize(ref records, (int)count * known);
        return null;
    }

    private bool IsText(uint offset)
    {
        try
        {
            Btf!.Spec.StringAt(offset);
            return true;
        }
        catch (BtfFormatException)
        {
            return false;
        }
    }

    private static uint Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
