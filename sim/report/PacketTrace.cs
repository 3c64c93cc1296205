using System.Globalization;
using System.Runtime.InteropServices;
using Netdev.Devices;
using Netdev.Skbs;
using Sim.Dissect;
using Sim.Output;
using Sim.Run;
using Sim.Scenarios;
using Vm.Helpers;
using Vm.Interp;
using Vm.Isa;
using Vm.Maps;
using Vm.Memory;
using Vm.Proofs;
using Vm.Runtime;

namespace Sim.Report;

/// <summary>Tells one packet's whole way: devices, hooks, programs, helper calls, changed fields, its end.</summary>
/// <remarks>Programs must run in the interpreter, which is the engine that can be watched.</remarks>
internal sealed class PacketTrace(Terminal terminal) : IPacketObserver, IStepObserver
{
    private const int ShownBytes = 16, ShownCalls = 4;
    private const uint MaxErrno = 4095;
    private byte[] _before = [];
    private uint _markBefore;
    private (string File, int Line) _lastLine;
    private readonly Dictionary<(VerifiedProgram, int), int> _calls = [];
    private int _verdict;

    /// <summary>False lets packets pass without a word.</summary>
    public bool On { get; set; }

    /// <inheritdoc/>
    public void Entered(NetContext x, NetDevice device, Skb skb)
    {
        if (On) terminal.Line($"[bold]{(skb.Fields.ParentId == 0 ? "packet" : "copy")}[/] on {device}: {PacketSummary.Of(skb.Bytes)} [grey](cpu {x.Cpu})[/]");
    }

    /// <inheritdoc/>
    public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb)
    {
        if (!On) return;
        _before = skb.Bytes.ToArray();
        _markBefore = skb.Fields.Mark;
        _lastLine = default;
        _calls.Clear();
        terminal.Line($"  [blue]{device.ToString()} {hook.ToString().ToLowerInvariant()}[/] {program.Name}");
    }

    /// <inheritdoc/>
    public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict)
    {
        if (!On) return;
        WriteRepeats();
        foreach (var d in PacketDiff.Compare(_before, skb.Bytes, []))
            terminal.Line($"    changed {d.Layer} [bold]{d.Field}[/]: {d.Expected} → {d.Got}");
        if (skb.Fields.Mark != _markBefore) terminal.Line($"    changed skb [bold]mark[/]: 0x{_markBefore:x} → 0x{skb.Fields.Mark:x}");
        _verdict = verdict;
        terminal.Line($"    [bold]{VerdictNames.OfProgram(hook, verdict)}[/]");
    }

    /// <inheritdoc/>
    public void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict)
    {
        if (On && verdict != _verdict) terminal.Line($"    [grey]which the hook takes for[/] [bold]{VerdictNames.OfProgram(hook, verdict)}[/]");
    }

    /// <inheritdoc/>
    public void Tunnelled(NetContext x, NetDevice tunnel, NetDevice under, in TunnelInfo info, Skb skb)
    {
        if (!On) return;
        string way = info.Transmit ? $"goes into a datagram to {info.Destination}, out of {under}" : $"comes out of a datagram from {info.Source} on {under}";
        terminal.Line($"  [blue]{tunnel.ToString()}[/] {tunnel.Tunnel!.Kind} {info.Id}: {way}");
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        if (!On) return;
        WriteRepeats();
        Styled end = outcome.End == PacketEnd.Dropped
            ? Styled.Of($"[red]dropped[/] at {outcome.Device}: {VerdictNames.OfDrop(outcome.Reason)}{(outcome.Program is { } by ? $" by {by.Name}" : "")}")
            : Styled.Of($"[green]{outcome.End.ToString().ToLowerInvariant()}[/] {(outcome.End == PacketEnd.Delivered ? "to the stack of" : "on the wire of")} {outcome.Device}");
        terminal.Line($"  {end}: {PacketSummary.Of(frame)}");
    }

    /// <inheritdoc/>
    public void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers)
    {
    }

    /// <inheritdoc/>
    public void Called(in ObservedCall call, ReadOnlySpan<ulong> arguments, ulong result)
    {
        if (!On) return;
        Interrupt.Check();
        int times = CollectionsMarshal.GetValueRefOrAddDefault(_calls, (call.Program, call.Pc), out _)++;
        if (times >= ShownCalls) return;
        var shown = new List<string>();
        Map? map = null;
        var signature = call.Binding.Signature;
        for (int i = 0; i < signature.Args.Count; i++)
        {
            var arg = signature.Args[i];
            if (arg.Kind == ArgKind.ConstMapPtr) map = GuestReferent.Resolve<Map>(arguments[i]);
            // Output buffers are shown as they are after the call, together with their size.
            bool sized = i + 1 < signature.Args.Count && signature.Args[i + 1].Kind == ArgKind.ConstSize;
            shown.Add(Argument(arg, arguments[i], map, sized ? (int)Math.Min(arguments[i + 1], int.MaxValue) : 0));
            if (sized && arg.Kind == ArgKind.Memory) i++;
        }
        SourceLine(call);
        bool tail = (signature.Flags & CallFlags.TailCall) != 0;
        string outcome = !tail ? Result(signature, result, map)
            : call.Target is { } target ? $"goes on in {target.Name}"
            : map is ProgArrayMap programs && programs.At((uint)arguments[2]) is null ? "missed: no program in that slot" : "missed: 33 tail calls are done";
        terminal.Line($"    [grey]{call.Pc,4}:[/] {signature.Name}({string.Join(", ", shown)}) [grey]{(tail ? "→" : "=")}[/] {outcome}");
    }

    // Once for the calls of one line that follow each other.
    private void SourceLine(in ObservedCall call)
    {
        if (!call.Program.Source.TryLine(call.Pc, out var line) || (line.File, line.Line) == _lastLine) return;
        _lastLine = (line.File, line.Line);
        terminal.Line($"    [grey]{line.File}:{line.Line}  {line.Text.Trim()}[/]");
    }

    // A call in a loop is shown a few times; how often it was made in all is said at the end of the program.
    private void WriteRepeats()
    {
        foreach (var ((program, pc), times) in _calls.Where(call => call.Value > ShownCalls))
            terminal.Line($"    [grey]{pc,4}: … called {times:N0} times in all{(program.Source.TryLine(pc, out var line) ? $", at {line.File}:{line.Line}" : "")}[/]");
        _calls.Clear();
    }

    private static string Argument(ArgSpec arg, ulong value, Map? map, int bytes) => arg.Kind switch
    {
        ArgKind.Context => "ctx",
        ArgKind.ConstMapPtr => map!.Name,
        ArgKind.MapKey when map is not null => MapEntries.Format(map.Spec.Btf, map.Spec.KeyTypeId, Native.Bytes(value, (int)map.Spec.KeySize)),
        ArgKind.MapValue when map is not null => Value(map, value),
        ArgKind.Memory when value == 0 => "NULL",
        ArgKind.Memory when bytes > 0 => Bytes(Native.Bytes(value, bytes)),
        ArgKind.Anything or ArgKind.ConstSize or ArgKind.ConstAllocSize => Number(value),
        _ => value == 0 ? "NULL" : "&" + arg.Kind.ToString().ToLowerInvariant(),
    };

    private static string Result(HelperSignature signature, ulong result, Map? map) => signature.Return switch
    {
        ReturnKind.Void => "void",
        ReturnKind.MapValueOrNull when result == 0 => "NULL",
        ReturnKind.MapValueOrNull when map is MapOfMaps => "map " + GuestReferent.Resolve<Map>(result).Name,
        ReturnKind.MapValueOrNull when map is not null => Value(map, result),
        ReturnKind.Integer when (long)result is < 0 and >= -MaxErrno => $"-{(Vm.Abi.Errno)(-(long)result)}",
        ReturnKind.Integer when unchecked((int)result) is < 0 and >= -(int)MaxErrno => $"-{(Vm.Abi.Errno)(-unchecked((int)result))}",
        ReturnKind.Integer => Number(result),
        _ => result == 0 ? "NULL" : "pointer",
    };

    // As user space gets it: locks, timers and pointers to kernel objects read as zero, so that no address of this process is shown.
    private static string Value(Map map, ulong address)
    {
        byte[] bytes = new byte[map.Spec.ValueSize];
        SpecialFields.LayoutOf(map.Spec).CopyOut(address, bytes);
        return MapEntries.Format(map.Spec.Btf, map.Spec.ValueTypeId, bytes);
    }

    private static string Number(ulong value) => value < 10 ? value.ToString(CultureInfo.InvariantCulture) : $"{(long)value} (0x{value:x})";

    private static string Bytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= ShownBytes ? Convert.ToHexStringLower(bytes) : $"{Convert.ToHexStringLower(bytes[..ShownBytes])}… {bytes.Length} bytes";
}
