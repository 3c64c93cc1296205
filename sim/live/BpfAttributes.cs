using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Sim.Live;

/// <summary>A name as the kernel keeps it: 15 characters and a NUL. Source: BPF_OBJ_NAME_LEN.</summary>
[InlineArray(16)]
internal struct KernelName
{
    private byte _first;

    /// <summary>The name cut to what fits; characters the kernel refuses become underscores.</summary>
    public static KernelName Of(string name)
    {
        var made = new KernelName();
        byte[] bytes = Encoding.ASCII.GetBytes(name);
        for (int i = 0; i < Math.Min(15, bytes.Length); i++) made[i] = char.IsAsciiLetterOrDigit((char)bytes[i]) || bytes[i] == '.' ? bytes[i] : (byte)'_';
        return made;
    }
}

/// <summary>BPF_MAP_CREATE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MapCreateAttr
{
    public uint MapType, KeySize, ValueSize, MaxEntries, MapFlags, InnerMapFd, NumaNode;
    public KernelName Name;
    public uint Ifindex, BtfFd, BtfKeyTypeId, BtfValueTypeId, BtfVmlinuxValueTypeId;
    public ulong MapExtra;
}

/// <summary>BPF_MAP_*_ELEM and BPF_MAP_FREEZE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct MapElementAttr
{
    public uint MapFd, Padding;
    public ulong Key, Value, Flags;
}

/// <summary>BPF_MAP_LOOKUP_BATCH.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MapBatchAttr
{
    public ulong InBatch, OutBatch, Keys, Values;
    public uint Count, MapFd;
    public ulong ElementFlags, Flags;
}

/// <summary>BPF_PROG_LOAD.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgLoadAttr
{
    public uint ProgType, InsnCount;
    public ulong Insns, License;
    public uint LogLevel, LogSize;
    public ulong LogBuffer;
    public uint KernelVersion, Flags;
    public KernelName Name;
    public uint Ifindex, ExpectedAttachType, BtfFd, FuncInfoRecordSize;
    public ulong FuncInfo;
    public uint FuncInfoCount, LineInfoRecordSize;
    public ulong LineInfo;
    public uint LineInfoCount, AttachBtfId, AttachProgFd, CoreCount;
    public ulong FdArray;
}

/// <summary>BPF_PROG_TEST_RUN.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TestRunAttr
{
    public uint ProgFd, Retval, DataSizeIn, DataSizeOut;
    public ulong DataIn, DataOut;
    public uint Repeat, DurationNs, ContextSizeIn, ContextSizeOut;
    public ulong ContextIn, ContextOut;
    public uint Flags, Cpu, BatchSize, Padding;
}

/// <summary>BPF_BTF_LOAD.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BtfLoadAttr
{
    public ulong Btf, LogBuffer;
    public uint BtfSize, LogSize, LogLevel, LogTrueSize;
}

/// <summary>BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgAttachAttr
{
    public uint Ifindex, ProgFd, AttachType, Flags, ReplaceFd, Relative;
    public ulong ExpectedRevision;
}

/// <summary>BPF_PROG_QUERY.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgQueryAttr
{
    public uint Ifindex, AttachType, QueryFlags, AttachFlags;
    public ulong ProgIds;
    public uint Count, Padding;
    public ulong ProgAttachFlags, LinkIds, LinkAttachFlags, Revision;
}

/// <summary>BPF_LINK_CREATE on a network device; the last two only with tcx.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkCreateAttr
{
    public uint ProgFd, Ifindex, AttachType, Flags, Relative, Padding;
    public ulong ExpectedRevision;
}

/// <summary>BPF_LINK_UPDATE; BPF_LINK_DETACH uses the first field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkUpdateAttr
{
    public uint LinkFd, NewProgFd, Flags, OldProgFd;
}

/// <summary>BPF_OBJ_GET_INFO_BY_FD.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ObjectInfoAttr
{
    public uint Fd, InfoBytes;
    public ulong Info;
}
