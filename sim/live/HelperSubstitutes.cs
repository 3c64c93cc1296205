using System.Buffers.Binary;
using Vm.Abi;
using Vm.Isa;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Live;

/// <summary>Gives kernel programs our clock and CPU number: calls of time helpers become reads of a map that is set before each packet.</summary>
/// <remarks>
/// The kernel's own clock cannot be set, so a program that reads it could never be compared. Each such call becomes a call of a
/// four-slot function appended to the program; registers behave as after any call. Verdicts are asked for the program as it is.
/// </remarks>
internal sealed class HelperSubstitutes : IDisposable
{
    // In the order of their words in the map.
    private static readonly HelperId[] s_clocks = [HelperId.KtimeGetNs, HelperId.Jiffies64, HelperId.KtimeGetBootNs, HelperId.KtimeGetCoarseNs, HelperId.KtimeGetTaiNs];

    private static readonly MapSpec s_spec = new() { Name = "substitutes", Type = MapType.Array, KeySize = 4, ValueSize = (uint)(8 * s_clocks.Length), MaxEntries = 1 };

    private HelperSubstitutes(KernelMap map) => Map = map;

    /// <summary>The map, to be put behind the program's own in the fd array.</summary>
    public KernelMap Map { get; }

    /// <summary>True when a program calls a helper that has a substitute.</summary>
    public static bool Needed(LinkedProgram program) => program.Insns.Any(IsSubstituted);

    /// <summary>Makes the map.</summary>
    public static HelperSubstitutes Make(BpfTarget target) => new(KernelMap.Create(s_spec, null, "compare", target));

    /// <summary>Lets the kernel's program see the time our simulated CPU has, by asking our own helpers.</summary>
    public void SetClock(ExecContext x)
    {
        ulong[] now =
        [
            Vm.Helpers.CoreHelpers.KtimeGetNs(x), Vm.Helpers.CoreHelpers.Jiffies64(x), Vm.Helpers.CoreHelpers.KtimeGetBootNs(x),
            Vm.Helpers.CoarseClock.KtimeGetCoarseNs(x), Vm.Helpers.CoreHelpers.KtimeGetTaiNs(x),
        ];
        Span<byte> value = stackalloc byte[8 * now.Length];
        for (int i = 0; i < now.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(value[(8 * i)..], now[i]);
        var errno = Map.Update(stackalloc byte[4], value);
        if (errno != Errno.None) throw new KernelRefusedException("compare", "map 'substitutes'", $"the kernel refuses the time ({errno})", errno);
    }

    /// <summary>Replaces the calls.</summary>
    /// <param name="insns">Placed slots; not changed.</param>
    /// <param name="mapIndex">Place of the map in the fd array.</param>
    /// <param name="added">Gets the first slots of the functions appended.</param>
    public static RawInsn[] Apply(RawInsn[] insns, int mapIndex, List<int> added)
    {
        var made = new List<RawInsn>(insns);
        var functionOf = new Dictionary<HelperId, int>();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (insns[pc].Code == 0x18) pc++;
            if (!IsSubstituted(insns[pc])) continue;
            var helper = (HelperId)insns[pc].Imm;
            if (IsPlace(helper))
            {
                made[pc] = new RawInsn(0xb7, 0, 0, 0, 0);
                continue;
            }
            if (!functionOf.TryGetValue(helper, out int start))
            {
                functionOf.Add(helper, start = made.Count);
                added.Add(start);
                made.AddRange(
                [
                    new RawInsn(0x18, 0, 6, 0, mapIndex), new RawInsn(0, 0, 0, 8 * Array.IndexOf(s_clocks, helper)),
                    new RawInsn(0x79, 0, 0, 0, 0), new RawInsn(0x95, 0, 0, 0, 0),
                ]);
            }
            made[pc] = new RawInsn(0x85, 0, 1, 0, start - pc - 1);
        }
        return [.. made];
    }

    public void Dispose() => Map.Dispose();

    private static bool IsSubstituted(RawInsn insn) => insn is { Code: 0x85, Src: 0 } && (IsPlace((HelperId)insn.Imm) || Array.IndexOf(s_clocks, (HelperId)insn.Imm) >= 0);

    private static bool IsPlace(HelperId helper) => helper is HelperId.GetSmpProcessorId or HelperId.GetNumaNodeId;
}
