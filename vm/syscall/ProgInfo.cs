using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Isa;
using Vm.Kernel;
using Vm.Loading;

namespace Vm.Syscall;

/// <summary>struct bpf_prog_info.</summary>
/// <remarks>
/// There is no machine code to show: its lengths are 0 and its addresses are those of a kernel that keeps them to itself.
/// Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_get_info_by_fd, set_info_rec_size.
/// </remarks>
internal static class ProgInfo
{
    private const int Bytes = 232, KnownBytes = 228, InfoAddress = 8, InsnBytes = 8;

    private const int Type = 0, Id = 4, Tag = 8, JitedLength = 16, XlatedLength = 20, XlatedInsns = 32, LoadTime = 40, Uid = 48, MapCount = 52, MapIds = 56, Name = 64, GplBit = 84,
        SymbolCount = 104, LengthCount = 108, Symbols = 112, Lengths = 120, BtfId = 128, FuncInfoSize = 132, FuncInfo = 136, FuncInfoCount = 144, LineInfoCount = 148, LineInfo = 152,
        JitedLineCount = 168, LineInfoSize = 172, JitedLineSize = 176, TagCount = 180, Tags = 184, VerifiedInsns = 216, AttachBtfId = 224, RunTime = 192, JitedLineBytes = 8;

    public static Errno Get(Call call, BpfProg prog)
    {
        Span<byte> info = stackalloc byte[Bytes];
        info.Clear();
        var errno = ObjectInfo.TryLength(call, KnownBytes, Bytes, out int bytes);
        if (errno != Errno.None) return errno;
        if (!call.Memory.TryRead(call.U64(InfoAddress), info[..bytes])) return Errno.EFAULT;
        Put(info, Type, (uint)prog.Code.Type);
        Put(info, Id, prog.Id);
        Put(info, LoadTime, prog.LoadTimeNs);
        Put(info, Uid, prog.Uid);
        Put(info, GplBit, (Word(info, GplBit) & ~1u) | (prog.IsGpl ? 1u : 0));
        Put(info, Tag, prog.Tag);
        info.Slice(Name, BpfKernel.MostNameCharacters + 1).Clear();
        Encoding.ASCII.GetBytes(prog.Name, info[Name..]);
        var maps = prog.Maps;
        if (!TryArray(call, info, MapCount, MapIds, maps.Count, sizeof(uint), Words([.. maps.Select(map => map.Id)]))) return Errno.EFAULT;
        if (!TryRecordSizes(info)) return Errno.EINVAL;
        // What counts runs is not here, whatever the caller had in these fields.
        info[RunTime..VerifiedInsns].Clear();
        Put(info, VerifiedInsns, prog.VerifiedInsns);
        if (prog.Btf is { } btf) Put(info, BtfId, btf.Id);
        errno = call.Caller.Capable(Capabilities.Bpf) ? Inside(call, info, prog) : Hide(info);
        return errno != Errno.None ? errno : ObjectInfo.Put(call, info, bytes);
    }

    // Callers that may not see inside: lengths are 0, all else stays as it came.
    private static Errno Hide(Span<byte> info)
    {
        foreach (int field in (ReadOnlySpan<int>)[JitedLength, XlatedLength, SymbolCount, LengthCount, FuncInfoCount, LineInfoCount, JitedLineCount]) Put(info, field, 0u);
        return Errno.None;
    }

    private static Errno Inside(Call call, Span<byte> info, BpfProg prog)
    {
        RawInsn[] insns = [.. prog.Xlated];
        uint room = Word(info, XlatedLength);
        int length = insns.Length * InsnBytes;
        Put(info, XlatedLength, (uint)length);
        if (room != 0 && length != 0 && !call.Memory.TryWrite(Long(info, XlatedInsns), MemoryMarshal.AsBytes<RawInsn>(insns)[..(int)Math.Min(room, (uint)length)])) return Errno.EFAULT;
        Put(info, JitedLength, 0u);
        uint functions = (uint)prog.Functions.Count;
        HideAddresses(info, SymbolCount, Symbols, functions);
        HideAddresses(info, LengthCount, Lengths, functions);
        Put(info, AttachBtfId, 0u);
        if (!TryArray(call, info, FuncInfoCount, FuncInfo, prog.FuncInfo.Length / DebugRecords.FunctionBytes, DebugRecords.FunctionBytes, prog.FuncInfo.Span)) return Errno.EFAULT;
        if (!TryArray(call, info, LineInfoCount, LineInfo, prog.LineInfo.Length / DebugRecords.LineBytes, DebugRecords.LineBytes, prog.LineInfo.Span)) return Errno.EFAULT;
        Put(info, JitedLineCount, 0u);
        var tags = prog.FunctionTags;
        return TryArray(call, info, TagCount, Tags, tags.Count, sizeof(ulong), MemoryMarshal.AsBytes<ulong>(tags.ToArray())) ? Errno.None : Errno.EFAULT;
    }

    private static void HideAddresses(Span<byte> info, int count, int address, uint there)
    {
        if (Word(info, count) != 0) Put(info, address, 0ul);
        Put(info, count, there);
    }

    /// <summary>Copies as many entries as there is room for; the count becomes what there is.</summary>
    private static bool TryArray(Call call, Span<byte> info, int count, int address, int there, int entryBytes, ReadOnlySpan<byte> entries)
    {
        uint room = Math.Min(Word(info, count), (uint)there);
        Put(info, count, (uint)there);
        return room == 0 || call.Memory.TryWrite(Long(info, address), entries[..((int)room * entryBytes)]);
    }

    // Whoever asks for records says how long he thinks they are.
    private static bool TryRecordSizes(Span<byte> info)
    {
        bool fits = Fits(info, FuncInfoCount, FuncInfoSize, DebugRecords.FunctionBytes) && Fits(info, LineInfoCount, LineInfoSize, DebugRecords.LineBytes)
            && Fits(info, JitedLineCount, JitedLineSize, JitedLineBytes);
        Put(info, FuncInfoSize, (uint)DebugRecords.FunctionBytes);
        Put(info, LineInfoSize, (uint)DebugRecords.LineBytes);
        Put(info, JitedLineSize, (uint)JitedLineBytes);
        return fits;

        static bool Fits(ReadOnlySpan<byte> info, int count, int size, int bytes) => (Word(info, count) == 0 && Word(info, size) == 0) || Word(info, size) == bytes;
    }

    private static ReadOnlySpan<byte> Words(uint[] words) => MemoryMarshal.AsBytes<uint>(words);

    private static void Put(Span<byte> info, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(info[offset..], value);

    private static void Put(Span<byte> info, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(info[offset..], value);

    private static uint Word(ReadOnlySpan<byte> info, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(info[offset..]);

    private static ulong Long(ReadOnlySpan<byte> info, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(info[offset..]);
}
