using System.CommandLine;
using Netdev.TestRun;
using Sim.Inputs;
using Vm;

namespace Sim.Commands;

/// <summary>Options several commands share.</summary>
internal static class CommonOptions
{
    public static Option<Engine> Engine() => new("--engine")
    {
        Description = "jit (default), or interpreter: slow, every memory access checked.",
        DefaultValueFactory = _ => Vm.Engine.Jit,
        // As a number it would be an engine too, or none.
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Enum.GetNames<Engine>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name) return Enum.Parse<Engine>(name);
            result.AddError($"there is no engine '{text}'; write jit or interpreter");
            return default;
        },
    };

    public static Option<string?> Context() => new("--ctx")
    {
        Description = "Context fields. Of __sk_buff: mark, priority, ingress_ifindex, ifindex, cb[0]..cb[4], tstamp, wire_len, gso_segs, gso_size, hwtstamp: mark=1,cb[0]=7. "
            + "Of xdp_md: data (how many bytes of metadata each packet begins with), ingress_ifindex, rx_queue_index: data=8,ingress_ifindex=1.",
    };

    /// <summary>The fields <c>--ctx</c> gave; null when it was not given.</summary>
    /// <exception cref="UsageException">The program's context has no such field, or the number does not fit.</exception>
    public static TestContext? ReadContext(string? text, BpfProgram program)
    {
        if (text is null) return null;
        return TestContext.TryParse(program.Type, text, out var fields, out string problem) ? fields : throw new UsageException($"--ctx: {problem}");
    }

    public static Option<string?> Filter() => new("--filter") { Description = "Only packets that match, in tcpdump's language: 'tcp port 80'. Needs libpcap." };
}
