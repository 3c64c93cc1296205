using System.Globalization;
using Netdev.TestRun;
using Sim.Dissect;
using Sim.Live;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>Runs a program over a packet in the simulator and in the kernel and says what differs.</summary>
/// <remarks>Both sides run as BPF_PROG_TEST_RUN does: no redirect is followed. The kernel sees the simulator's clock.</remarks>
/// <param name="kernel">The simulated kernel the programs were loaded into.</param>
internal sealed class SideBySide(BpfKernel kernel) : IDisposable
{
    private readonly KernelBench _kernel = new();
    private readonly byte[] _context = new byte[SkbContextImage.Bytes];

    /// <summary>The simulator's bench.</summary>
    public ProgramTestRun Bench { get; } = new(kernel: kernel);

    /// <summary>The kernel's bench.</summary>
    public KernelBench Kernel => _kernel;

    /// <summary>Runs both.</summary>
    /// <param name="spec">The program, for its name and the helpers it calls.</param>
    /// <param name="ours">The simulator's.</param>
    /// <param name="owner">The kernel's object.</param>
    /// <param name="packet">From the Ethernet header on, or from the metadata an XDP context tells of.</param>
    /// <param name="context">Context fields; null for none set.</param>
    /// <param name="timestampNs">Virtual time, ns since the epoch.</param>
    /// <param name="into">Gets the run and the difference, if there is one.</param>
    /// <param name="number">Number of the packet.</param>
    public void Run(ProgramSpec spec, ExecutableProgram ours, KernelObject owner, ReadOnlySpan<byte> packet, TestContext? context, long timestampNs, Comparison into, long number)
    {
        if (ProgramTestRun.NeedsSeveralBuffers(ours, packet.Length, context))
        {
            into.NotCompared.Add($"packet {number}: {packet.Length} bytes; XDP frames in several buffers, those of more than {ProgramTestRun.MaxXdpBytes} bytes, are not simulated");
            return;
        }
        var theirs = owner.Program(spec.Name);
        context ??= TestContext.Of(ours.Type);
        var mine = Bench.Run(ours, packet, context, timestampNs);
        owner.SetClock(Bench.Cpu);
        var run = _kernel.Run(theirs, packet, context);
        into.Runs++;
        into.Programs.Add(spec.Name);
        var fields = new List<FieldDifference>();
        if (mine.Errno != run.Errno) fields.Add(new("test run", "errno", run.Errno.ToString(), mine.Errno.ToString()));
        else if (mine.Errno == Errno.None) Compare(ours.Type, mine, run, fields);
        if (fields.Count > 0) into.Differences.Add(new Difference(spec.Name, number, fields));
    }

    /// <inheritdoc/>
    public void Dispose() => Bench.Dispose();

    private void Compare(ProgramType type, TestRunResult mine, KernelRun run, List<FieldDifference> fields)
    {
        if (mine.Retval != run.Retval) fields.Add(new("program", "retval", Signed(run.Retval), Signed(mine.Retval)));
        var theirs = _kernel.Data;
        if (type == ProgramType.Xdp)
        {
            // xdp_md comes back with data as the length of the metadata, which precedes the packet.
            int meta = (int)SkbContextImage.Read(_kernel.Context, 0, 4);
            if (meta != Bench.Skb.Fields.MetaLength) fields.Add(new("xdp_md", "metadata bytes", Text((ulong)meta), Text((ulong)Bench.Skb.Fields.MetaLength)));
            else if (!theirs[..meta].SequenceEqual(Bench.Metadata)) fields.Add(new("xdp_md", "metadata", Convert.ToHexStringLower(theirs[..meta]), Convert.ToHexStringLower(Bench.Metadata)));
            theirs = theirs[Math.Min(meta, theirs.Length)..];
        }
        else
        {
            CompareContext(fields);
        }
        fields.AddRange(PacketDiff.Compare(theirs, Bench.Packet, []));
    }

    private void CompareContext(List<FieldDifference> fields)
    {
        SkbContextImage.Write(ref Bench.Skb.Fields, _context);
        foreach (var (name, offset, size) in SkbContextImage.Fields)
        {
            ulong want = SkbContextImage.Read(_kernel.Context, offset, size), got = SkbContextImage.Read(_context, offset, size);
            if (want != got) fields.Add(new("__sk_buff", name, Text(want), Text(got)));
        }
    }

    private static string Signed(uint value) => ((int)value).ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong value) => value < 1024 ? value.ToString(CultureInfo.InvariantCulture) : $"0x{value:x}";
}
