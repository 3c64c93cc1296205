using System.Globalization;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;

namespace Sim.Live;

/// <summary>The running kernel's own types: what CO-RE fits programs to and where kfuncs get their numbers from.</summary>
internal static class KernelTarget
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<BtfSpec> s_btf = new(() => TargetBtf.Open(Path));

    /// <summary>The types; read at first use, about a tenth of a second.</summary>
    public static BtfSpec Btf => s_btf.Value;

    /// <summary>Why there are no types; null when there are.</summary>
    public static string? WhyNot() => File.Exists(Path) ? null : $"the kernel cannot be asked: {Path} is missing; it needs CONFIG_DEBUG_INFO_BTF";

    /// <summary>Release of the running kernel, such as 6.12.</summary>
    public static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>How many CPUs the kernel may ever see: per-CPU values have as many copies. Source: kernel/cpu, cpu_possible_mask.</summary>
    public static int PossibleCpus { get; } = CountPossible();

    private static int CountPossible()
    {
        const string file = "/sys/devices/system/cpu/possible";
        if (!File.Exists(file)) return Environment.ProcessorCount;
        int count = 0;
        foreach (string range in File.ReadAllText(file).Trim().Split(','))
        {
            string[] ends = range.Split('-');
            count += int.Parse(ends[^1], CultureInfo.InvariantCulture) - int.Parse(ends[0], CultureInfo.InvariantCulture) + 1;
        }
        return count;
    }
}

/// <summary>The kernel refuses what was asked, or cannot be asked at all.</summary>
internal sealed class KernelRefusedException(string source, string where, string what, Errno errno) : BadInputException(source, where, what, errno);
