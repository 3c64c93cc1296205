using Netdev.Programs;
using Tests.Verifier;
using Vm.Helpers;

namespace Tests.Architecture;

/// <summary>Every number a helper or kfunc takes is as wide here as in the kernel: what the verifier knows of a register is what the callee gets of it.</summary>
/// <remarks>
/// <c>argument-widths.txt</c> holds a line a function: its name and for each register p (an address), 4 (u32, int, an enum) or 8 (u64, long).
/// Addresses that are numbers (bpf_probe_read_kernel's last) are 8; bpf_loop's count is 8, as where the kernel puts the loop into the program.
/// Source: Linux 6.12, the BPF_CALL_n and __bpf_kfunc definitions in kernel/bpf, net/core and kernel/trace/bpf_trace.c.
/// </remarks>
public sealed class ArgumentWidthTests
{
    public static TheoryData<string, string> Functions => [.. NetProgramKinds.All.SelectMany(kind => kind.Helpers.Values.Concat(kind.Kfuncs.Values))
        .Select(binding => (binding.Signature.Name, Widths(binding))).Distinct().OrderBy(row => row.Name, StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Functions))]
    public void EveryNumber_IsAsWideAsInTheKernel(string name, string widths)
    {
        string[] known = [.. File.ReadLines(Repository.PathOf("tests/architecture/argument-widths.txt")).Select(line => line.Split(' ')).Where(line => line[0] == name).Select(line => line[1])];
        Assert.NotEmpty(known);
        Assert.Contains(known, kernel => kernel.Length == widths.Length && kernel.Zip(widths).All(pair => pair.Second == '*' || pair.First == pair.Second));
    }

    /// <summary>* for what the callee does not look at, and for the sizes of spans, which are below 2^29 whatever their width.</summary>
    private static string Widths(HelperBinding binding)
    {
        char[] widths = [.. Enumerable.Repeat('-', binding.Signature.Args.Count)];
        foreach (var parameter in binding.Parameters)
        {
            if (parameter.Shape == ParameterShape.Exec) continue;
            int at = parameter.Register - 1;
            bool address = binding.Signature.Args[at].Kind is not (ArgKind.Anything or ArgKind.ConstSize or ArgKind.ConstAllocSize);
            bool passedOver = (binding.Signature.Args[at].Flags & ArgFlags.Unchecked) != 0;
            widths[at] = passedOver ? '*' : address ? 'p' : parameter.Shape == ParameterShape.Word32 ? '4' : '8';
            if (parameter.Shape == ParameterShape.Span) widths[at + 1] = '*';
            if (parameter.Shape == ParameterShape.BufferOrNull) widths[at + 1] = '4';
        }
        return widths.Length == 0 ? "-" : new string(widths);
    }
}
