using System.Buffers.Binary;
using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Makes the map of <c>__kconfig</c> externs: kernel facts a program reads as variables.</summary>
/// <remarks>
/// The values are those of the kernel we stand for, Linux 6.12 on x86-64; <see cref="Globals"/> can change them before load.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__collect_externs, cmp_externs, bpf_object__resolve_externs.
/// </remarks>
internal static class KernelConfig
{
    public const string MapName = ".kconfig";

    // 'y' stands for a switched-on option: true, TRI_YES or the character, as the extern's type has it.
    private static readonly Dictionary<string, ulong> s_values = new()
    {
        ["LINUX_KERNEL_VERSION"] = 6 << 16 | 12 << 8,
        ["LINUX_HAS_BPF_COOKIE"] = 1,
        ["LINUX_HAS_SYSCALL_WRAPPER"] = 1,
        ["CONFIG_HZ"] = 250,
        ["CONFIG_BPF"] = 'y',
        ["CONFIG_BPF_SYSCALL"] = 'y',
        ["CONFIG_BPF_JIT"] = 'y',
        ["CONFIG_NET"] = 'y',
        ["CONFIG_64BIT"] = 'y',
        ["CONFIG_X86_64"] = 'y',
    };

    private readonly record struct Extern(string Name, uint TypeId, uint SizeBytes, uint Alignment, bool Weak);

    /// <summary>The map; false when the object asks for no kernel config.</summary>
    public static bool TryRead(ElfFile file, BtfSpec? btf, out MapSpec map)
    {
        map = null!;
        if (btf is null || !btf.TryFind<BtfDataSection>(MapName, out var section)) return false;
        var weak = file.Symbols.Where(symbol => symbol.IsExtern && symbol.IsWeak).Select(symbol => symbol.Name).ToHashSet();
        var externs = new List<Extern>();
        foreach (var placement in section.Variables)
        {
            if (btf[placement.TypeId] is not BtfVariable variable)
                throw new ElfFormatException(file.Name, MapName, $"'{btf[placement.TypeId].Name}' is not a variable");
            externs.Add(new Extern(variable.Name, variable.TypeId, btf.SizeOf(variable.TypeId), btf.AlignmentOf(variable.TypeId), weak.Contains(variable.Name)));
        }
        if (externs.Count == 0) return false;
        map = Lay(file, btf, section, [.. externs.OrderByDescending(e => e.Alignment).ThenBy(e => e.SizeBytes).ThenBy(e => e.Name, StringComparer.Ordinal)]);
        return true;
    }

    private static MapSpec Lay(ElfFile file, BtfSpec btf, BtfDataSection section, Extern[] externs)
    {
        var variables = new List<GlobalVariable>();
        ulong end = 0;
        foreach (var item in externs)
        {
            ulong offset = (end + item.Alignment - 1) / item.Alignment * item.Alignment;
            end = offset + item.SizeBytes;
            if (end > 1 << 20) throw new ElfFormatException(file.Name, MapName, "over 1 MiB of kernel config", Errno.E2BIG);
            bool known = s_values.ContainsKey(item.Name);
            variables.Add(new GlobalVariable(item.Name, (uint)offset, item.SizeBytes, item.TypeId, MustSet: !known && !item.Weak));
        }
        byte[] contents = new byte[end];
        foreach (var variable in variables)
        {
            if (s_values.TryGetValue(variable.Name, out ulong value))
                Store(btf.Resolve(variable.TypeId), value, contents.AsSpan((int)variable.Offset, (int)variable.SizeBytes));
        }
        return new MapSpec
        {
            Name = MapName,
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = (uint)end,
            MaxEntries = 1,
            Flags = MapFlags.RdOnlyProg | MapFlags.Mmapable,
            Btf = btf,
            ValueTypeId = section.Id,
            DataSection = true,
            Contents = contents,
            Frozen = true,
            Variables = variables,
        };
    }

    private static void Store(BtfType type, ulong value, Span<byte> to)
    {
        if (value == 'y' && type is not BtfInt { IsChar: true } && !(type is BtfInt { SizeBytes: 1, IsBool: false })) value = 1;
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
        wide[..Math.Min(8, to.Length)].CopyTo(to);
    }
}
