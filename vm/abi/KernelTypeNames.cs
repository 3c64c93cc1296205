using System.Text;

namespace Vm.Abi;

/// <summary>Program and map types as the kernel spells them.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_prog_type, enum bpf_map_type; tools/lib/bpf/libbpf.c, prog_type_name, map_type_name.</remarks>
public static class KernelTypeNames
{
    // Where the kernel writes as one word what we write as two.
    private static readonly string[] s_single = ["PERCPU", "DEVMAP", "SOCKMAP", "SOCKHASH", "SOCKARRAY", "SOCKOPT", "CPUMAP", "XSKMAP", "RINGBUF", "REUSEPORT", "TRACEPOINT", "SEG6LOCAL"];

    /// <summary>All program types as a person writes them, in the order of their numbers.</summary>
    public static IReadOnlyList<string> ProgramTypes { get; } = [.. Enum.GetValues<ProgramType>().Where(type => type != ProgramType.Unspec).Select(ShortName)];

    /// <summary>The program type somebody wrote as <see cref="ShortName(ProgramType)"/> writes it.</summary>
    public static bool TryParse(string name, out ProgramType type)
    {
        type = Enum.GetValues<ProgramType>().FirstOrDefault(type => type.ShortName() == name);
        return type != ProgramType.Unspec;
    }

    /// <summary>The constant: <c>BPF_PROG_TYPE_SCHED_CLS</c>.</summary>
    public static string KernelName(this ProgramType type) => "BPF_PROG_TYPE_" + Words(type.ToString());

    /// <summary>The constant: <c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>.</summary>
    public static string KernelName(this MapType type) => "BPF_MAP_TYPE_" + Words(type.ToString());

    /// <summary>As bpftool prints it: <c>sched_cls</c>.</summary>
    public static string ShortName(this ProgramType type) => Words(type.ToString()).ToLowerInvariant();

    /// <summary>As bpftool prints it: <c>lru_percpu_hash</c>.</summary>
    public static string ShortName(this MapType type) => Words(type.ToString()).ToLowerInvariant();

    private static string Words(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }
        foreach (string word in s_single)
        {
            for (int cut = 1; cut < word.Length; cut++) text.Replace($"{word[..cut]}_{word[cut..]}", word);
        }
        return text.ToString();
    }
}
