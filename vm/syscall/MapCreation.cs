using System.Text;
using Vm.Abi;
using Vm.Btf;
using Vm.Kernel;
using Vm.Maps;
using Vm.Specs;

namespace Vm.Syscall;

/// <summary>BPF_MAP_CREATE: numbers checked in the kernel's order, then the map made and given a descriptor.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, map_create.</remarks>
internal static class MapCreation
{
    private const int Type = 0, KeySize = 4, ValueSize = 8, MaxEntries = 12, Flags = 16, InnerFd = 20, Node = 24, Name = 28, Ifindex = 44, BtfFd = 48,
        KeyType = 52, ValueType = 56, KernelValueType = 60, Extra = 64;

    private const MapFlags FileFlags = MapFlags.RdOnly | MapFlags.WrOnly;

    /// <summary>What flags ask of the descriptor; false when they contradict each other.</summary>
    public static bool TryRights(MapFlags flags, out FileRights rights)
    {
        rights = (flags & FileFlags) switch
        {
            MapFlags.None => FileRights.ReadWrite,
            MapFlags.RdOnly => FileRights.Read,
            MapFlags.WrOnly => FileRights.Write,
            _ => FileRights.None,
        };
        return rights != FileRights.None;
    }

    public static int Create(Call call)
    {
        var flags = (MapFlags)call.U32(Flags);
        if (call.U32(KernelValueType) != 0 && ((MapType)call.U32(Type) != MapType.StructOps || call.U32(KeyType) != 0 || call.U32(ValueType) != 0)) return Call.Fail(Errno.EINVAL);
        if (call.U32(KeyType) != 0 && call.U32(ValueType) == 0) return Call.Fail(Errno.EINVAL);
        if (call.U64(Extra) != 0 && (MapType)call.U32(Type) is not (MapType.BloomFilter or MapType.Arena)) return Call.Fail(Errno.EINVAL);
        if (!TryRights(flags, out var rights)) return Call.Fail(Errno.EINVAL);
        if (!MapFactory.Supports((MapType)call.U32(Type))) return Call.Fail(Errno.EINVAL);
        if (!TryName(call.Attributes.Slice(Name, BpfKernel.MostNameCharacters + 1), out string name)) return Call.Fail(Errno.EINVAL);
        var spec = new MapSpec
        {
            Name = name,
            Type = (MapType)call.U32(Type),
            KeySize = call.U32(KeySize),
            ValueSize = call.U32(ValueSize),
            MaxEntries = call.U32(MaxEntries),
            Flags = flags & ~FileFlags,
            Extra = call.U64(Extra),
            NumaNode = (int)call.U32(Node),
        };
        try
        {
            if (spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps)
            {
                var errno = call.Find<BpfMap>(call.U32(InnerFd), out var inner);
                if (errno != Errno.None) return Call.Fail(errno);
                using (inner) spec = spec with { Inner = inner.Object.Spec };
                errno = InnerMapRules.Template(spec.Inner);
                if (errno != Errno.None) return Call.Fail(errno);
            }
            if ((call.U32(KeyType) | call.U32(ValueType)) == 0) return Make(call, spec, null, rights);
            var answer = call.Find<BpfBtf>(call.U32(BtfFd), out var btf);
            if (answer != Errno.None) return Call.Fail(answer);
            using (btf)
            {
                if (btf.Object.IsKernel) return Call.Fail(Errno.EACCES);
                return Make(call, spec with { Btf = btf.Object.Spec, KeyTypeId = call.U32(KeyType), ValueTypeId = call.U32(ValueType) }, btf.Object, rights);
            }
        }
        catch (MapSpecException refused)
        {
            return Call.Fail(refused.Errno);
        }
    }

    /// <summary>A name as the kernel takes it: letters, digits, <c>_</c> and <c>.</c>, and a NUL within 16 bytes.</summary>
    public static bool TryName(ReadOnlySpan<byte> bytes, out string name)
    {
        int end = bytes.IndexOf((byte)0);
        name = "";
        if (end < 0) return false;
        foreach (byte one in bytes[..end])
            if (!char.IsAsciiLetterOrDigit((char)one) && one is not ((byte)'_' or (byte)'.')) return false;
        name = Encoding.ASCII.GetString(bytes[..end]);
        return true;
    }

    private static int Make(Call call, MapSpec spec, BpfBtf? btf, FileRights rights)
    {
        var options = call.Syscalls.Settings.Load;
        var memory = MapFactory.Create(spec, options.CpuCount, SpecialFields.LayoutOf(spec));
        return call.Caller.Files.Open(call.Kernel.Adopt(memory, btf), rights);
    }
}
