using Vm.Abi;
using Vm.Isa;
using Vm.Specs;

namespace Sim.Fuzz;

/// <summary>Turns generated text into a program both verifiers can be asked about.</summary>
internal static class FuzzProgram
{
    private const byte WideLoad = 0x18, Call = 0x85;
    private const int LocalCall = 1, FunctionAddress = 4, MapIndex = 5, MapIndexValue = 6;
    private const uint Sleepable = 16;

    /// <summary>Assembles and links.</summary>
    /// <param name="lines">The text; <c>func[NAME]@0</c> is the address of a function.</param>
    /// <param name="type">SCHED_CLS, XDP or SYSCALL.</param>
    /// <exception cref="AssemblyFormatException">The text is no program.</exception>
    public static LinkedProgram Link(IReadOnlyList<string> lines, ProgramType type)
    {
        string[] text = [.. lines.SelectMany(line => line.Split('\n'))];
        var insns = FuzzAssembler.Assemble(text);
        var maps = NumberMaps(insns);
        return new LinkedProgram
        {
            Spec = new ProgramSpec
            {
                Name = "fuzz",
                Section = SectionOf(type),
                Type = type,
                LoadFlags = type == ProgramType.Syscall ? Sleepable : 0,
                Insns = insns,
                Functions = Functions(text, insns, type),
            },
            ObjectName = "fuzz",
            License = "GPL",
            Type = type,
            Insns = insns,
            Maps = maps,
            Kfuncs = FuzzKfuncs.References,
            Btf = FuzzTypes.Spec,
        };
    }

    /// <summary>True when some other line jumps to a label, calls it or takes its address.</summary>
    public static bool IsUsed(string label, IEnumerable<string> lines) =>
        lines.Any(line => line.Split(' ', '\n', '[', ']').Contains(label, StringComparer.Ordinal));

    /// <summary>Section a program of a type comes from; also its name in case files.</summary>
    public static string SectionOf(ProgramType type) => type switch
    {
        ProgramType.Xdp => "xdp",
        ProgramType.Syscall => "syscall",
        _ => "tc",
    };

    /// <summary>A program has the maps it names and no others: types that may not have some are not held to those others use.</summary>
    private static List<MapSpec> NumberMaps(RawInsn[] insns)
    {
        var maps = new List<MapSpec>();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (insns[pc] is { Code: WideLoad, Src: MapIndex or MapIndexValue } load && load.Imm >= 0 && load.Imm < FuzzMaps.Specs.Count)
            {
                int number = maps.FindIndex(known => ReferenceEquals(known, FuzzMaps.Specs[load.Imm]));
                if (number < 0)
                {
                    number = maps.Count;
                    maps.Add(FuzzMaps.Specs[load.Imm]);
                }
                insns[pc] = load with { Imm = number };
            }
            if (insns[pc].Code == WideLoad) pc++;
        }
        return maps;
    }

    /// <summary>Where functions begin is in the instructions, what they are in the first letter of their labels.</summary>
    private static List<FunctionInfo> Functions(string[] text, RawInsn[] insns, ProgramType type)
    {
        var starts = new SortedSet<int>();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (insns[pc] is { Code: Call, Src: LocalCall } or { Code: WideLoad, Src: FunctionAddress }) starts.Add(pc + 1 + insns[pc].Imm);
            if (insns[pc].Code == WideLoad) pc++;
        }
        starts.Remove(0);
        string[] names = [.. text.Where(line => line.EndsWith(':') && line[0] is 'F' or 'G' or 'C' or 'E').Select(line => line[..^1]).Where(name => IsUsed(name, text))];
        var functions = new List<FunctionInfo> { new(0, "main", FuzzTypes.StaticId, false) };
        foreach (int start in starts)
        {
            bool global = names.Length == starts.Count && names[functions.Count - 1][0] == 'G';
            uint typeId = !global ? FuzzTypes.StaticId : type == ProgramType.Xdp ? FuzzTypes.XdpGlobalId : FuzzTypes.SkbGlobalId;
            functions.Add(new FunctionInfo(start, global ? "see" : "step", typeId, global));
        }
        return functions;
    }
}
