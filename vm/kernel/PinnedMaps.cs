using Vm.Abi;
using Vm.Specs;

namespace Vm.Kernel;

/// <summary>When a definition in an object may stand for a map that is pinned already.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, map_is_reuse_compat and bpf_object__reuse_map.</remarks>
public static class PinnedMaps
{
    /// <summary>Refuses a definition that differs from the pinned map.</summary>
    /// <param name="file">The object, for the message.</param>
    /// <param name="wanted">Its definition.</param>
    /// <param name="there">What is pinned.</param>
    /// <exception cref="MapSpecException">EINVAL; the message says what differs.</exception>
    public static void RefuseOther(string file, MapSpec wanted, MapSpec there)
    {
        (string What, object Wanted, object There)[] all =
        [
            ("type", wanted.Type, there.Type), ("key_size", wanted.KeySize, there.KeySize), ("value_size", wanted.ValueSize, there.ValueSize),
            ("max_entries", wanted.MaxEntries, there.MaxEntries), ("map_flags", $"0x{(uint)wanted.Flags:x}", $"0x{(uint)there.Flags:x}"), ("map_extra", wanted.Extra, there.Extra),
        ];
        string differ = string.Join(", ", all.Where(one => !one.Wanted.Equals(one.There)).Select(one => $"{one.What} is {one.There} there and {one.Wanted} here"));
        if (differ.Length > 0) throw new MapSpecException(file, $"map {wanted.Name}", $"another map is pinned at {wanted.PinPath}: {differ}", Errno.EINVAL);
    }

    /// <summary>The pinned map's spec under the name and with the slots of a definition that stands for it.</summary>
    public static MapSpec As(MapSpec there, MapSpec wanted) => there with { Name = wanted.Name, Pinning = wanted.Pinning, LegacyLayout = wanted.LegacyLayout, Slots = wanted.Slots };
}
