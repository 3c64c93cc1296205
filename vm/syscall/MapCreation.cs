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
        KeyType = 52, ValueType = 56, KernelValueType = 60, Extra = 64, TokenFd = 76;

    private const uint MostHashEntries = 1u << 31;

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
        var errno = Numbers(call, out var spec, out var rights);
        return errno != Errno.None ? Call.Fail(errno) : Make(call, spec, rights);
    }

    /// <summary>What the numbers say before anything is looked up or made, with the checks in the kernel's order.</summary>
    private static Errno Numbers(Call call, out MapSpec spec, out FileRights rights)
    {
        var flags = (MapFlags)call.U32(Flags);
        var type = (MapType)call.U32(Type);
        spec = null!;
        rights = FileRights.None;
        uint token = (uint)(flags & MapFlags.TokenFd);
        flags &= ~MapFlags.TokenFd;
        if (call.U32(KernelValueType) != 0 && (type != MapType.StructOps || call.U32(KeyType) != 0 || call.U32(ValueType) != 0)) return Errno.EINVAL;
        if (call.U32(KeyType) != 0 && call.U32(ValueType) == 0) return Errno.EINVAL;
        if (call.U64(Extra) != 0 && type is not (MapType.BloomFilter or MapType.Arena)) return Errno.EINVAL;
        if (!TryRights(flags, out rights)) return Errno.EINVAL;
        // There is one NUMA node; -1 leaves the choice to the kernel.
        if ((flags & MapFlags.NumaNode) != 0 && call.U32(Node) is not (0 or uint.MaxValue)) return Errno.EINVAL;
        if (!MapFactory.Supports(type)) return Errno.EINVAL;
        spec = new MapSpec
        {
            Name = "",
            Type = type,
            KeySize = call.U32(KeySize),
            ValueSize = call.U32(ValueSize),
            MaxEntries = call.U32(MaxEntries),
            Flags = flags,
            Extra = call.U64(Extra),
            NumaNode = (int)call.U32(Node),
            KeyTypeId = call.U32(KeyType),
            ValueTypeId = call.U32(ValueType),
        };
        if ((flags & MapFlags.ZeroSeed) != 0 && IsHash(type) && !call.Caller.Capable(Capabilities.SysAdmin)) return Errno.EPERM;
        bool early = ChecksEarly(type);
        // How many entries is asked when memory is made for them.
        var errno = early ? Check(IsHash(type) && spec.MaxEntries > MostHashEntries ? spec with { MaxEntries = MostHashEntries } : spec) : Errno.None;
        if (errno != Errno.None) return errno;
        errno = Tokens.TakeUp(call, token, TokenFd, BpfCommand.MapCreate, given => given.Allows(type));
        if (errno != Errno.None) return errno;
        if (call.Kernel.UnprivilegedBpfDisabled != 0 && !call.Capable(Capabilities.Bpf)) return Errno.EPERM;
        if (Needs(type) is { } needed && !call.Capable(needed)) return Errno.EPERM;
        if (call.U32(Ifindex) != 0) return Offload(call, type);
        return early ? Errno.None : Check(spec);
    }

    // What the numbers are checked for in a callback of its own, before rights are asked for; other types check them when they are made.
    // Source: Linux 6.12, map_alloc_check of the map types.
    private static bool ChecksEarly(MapType type) => type is not (MapType.LpmTrie or MapType.RingBuf or MapType.UserRingBuf or MapType.BloomFilter or MapType.CpuMap or MapType.XskMap
        or MapType.SockMap or MapType.SockHash or MapType.StackTrace or MapType.CgroupStorage or MapType.PerCpuCgroupStorage);

    private static bool IsHash(MapType type) => type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps;

    private static Capabilities? Needs(MapType type) => type switch
    {
        MapType.SockMap or MapType.SockHash or MapType.DevMap or MapType.DevMapHash or MapType.XskMap => Capabilities.NetAdmin,
        MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie or MapType.StackTrace or MapType.Queue or MapType.Stack or MapType.BloomFilter or MapType.CpuMap or MapType.StructOps
            or MapType.Arena or MapType.ReusePortSockArray or MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage => Capabilities.Bpf,
        _ => null,
    };

    private static Errno Check(MapSpec spec)
    {
        if (spec is { Type: MapType.PerfEventArray, MaxEntries: 0 }) return Errno.EINVAL;
        try
        {
            MapFactory.Check(spec);
            return Errno.None;
        }
        catch (MapSpecException refused)
        {
            return refused.Errno;
        }
    }

    // No device here takes maps. Source: Linux 6.12 kernel/bpf/offload.c, bpf_map_offload_map_alloc.
    private static Errno Offload(Call call, MapType type)
    {
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Errno.EPERM;
        if (type is not (MapType.Array or MapType.Hash)) return Errno.EINVAL;
        return call.Syscalls.Settings.HasInterface(call.Caller, call.U32(Ifindex)) ? Errno.EOPNOTSUPP : Errno.EINVAL;
    }

    private static int Make(Call call, MapSpec spec, FileRights rights)
    {
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
            if (IsHash(spec.Type) && spec.MaxEntries > MostHashEntries) return Call.Fail(Errno.E2BIG);
            if (!TryName(call.Attributes.Slice(Name, BpfKernel.MostNameCharacters + 1), out string name)) return Call.Fail(Errno.EINVAL);
            // Rights of the descriptor are no property of the map.
            spec = spec with { Name = name, Flags = spec.Flags & ~FileFlags };
            if ((spec.KeyTypeId | spec.ValueTypeId) == 0) return Make(call, spec, null, rights);
            var answer = call.Find<BpfBtf>(call.U32(BtfFd), out var btf);
            if (answer != Errno.None) return Call.Fail(answer);
            using (btf)
            {
                if (btf.Object.IsKernel) return Call.Fail(Errno.EACCES);
                spec = spec with { Btf = btf.Object.Spec };
                MapTypes.Check(spec, call.Capable(Capabilities.Bpf));
                return Make(call, spec, btf.Object, rights);
            }
        }
        catch (MapSpecException refused)
        {
            return Call.Fail(refused.Errno);
        }
    }

    /// <summary>A name as the kernel takes it: letters and digits of Latin-1, <c>_</c> and <c>.</c>, and a NUL within 16 bytes.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_obj_name_cpy; lib/ctype.c.</remarks>
    public static bool TryName(ReadOnlySpan<byte> bytes, out string name)
    {
        int end = bytes.IndexOf((byte)0);
        name = "";
        if (end < 0) return false;
        foreach (byte one in bytes[..end])
            if (!char.IsAsciiLetterOrDigit((char)one) && one is not ((byte)'_' or (byte)'.' or (>= 0xc0 and not (0xd7 or 0xf7)))) return false;
        name = Encoding.Latin1.GetString(bytes[..end]);
        return true;
    }

    private static int Make(Call call, MapSpec spec, BpfBtf? btf, FileRights rights)
    {
        var options = call.Syscalls.Settings.Load;
        var memory = MapFactory.Create(spec, options.CpuCount, SpecialFields.LayoutOf(spec));
        return call.Caller.Files.Open(call.Kernel.Adopt(memory, btf), rights);
    }
}
