using System.Globalization;
using Vm.Abi;
using Vm.Isa;
using Vm.Programs;
using Vm.Specs;

namespace Tests.Verifier;

/// <summary>One case file: a program, what it is loaded as, and what the verifier must say.</summary>
/// <remarks>
/// Sections: <c>-- maps</c> (type key value entries [flags] a line), <c>-- kfuncs</c> (a name a line), <c>-- type</c> sched_cls, xdp,
/// syscall or sk_lookup, <c>-- license</c> text, <c>-- asm</c>, then <c>-- accept</c> or <c>-- reject ERRNO "text"</c>;
/// <c>-- live reason</c> when a newer kernel is known to answer otherwise. Lines that start with # are remarks.
/// </remarks>
internal sealed record VerifierCase(
    string Name, LinkedProgram Program, ProgramKind Kind, bool Accept, Errno Errno, string Text, string? LiveDiffers)
{
    public static string Folder => Repository.PathOf("tests/cases/verifier");

    public static VerifierCase Read(string name)
    {
        var sections = new Dictionary<string, (string Argument, List<string> Lines)>();
        string current = "";
        foreach (string line in File.ReadLines(Path.Combine(Folder, name + ".case")))
        {
            if (line.StartsWith('#') || line.Length == 0) continue;
            if (line.StartsWith("-- ", StringComparison.Ordinal))
            {
                string[] head = line[3..].Split(' ', 2);
                current = head[0];
                sections[current] = (head.Length > 1 ? head[1] : "", []);
            }
            else sections[current].Lines.Add(line);
        }
        var type = sections.TryGetValue("type", out var typeSection) ? TypeOf(typeSection.Argument) : ProgramType.SchedCls;
        var kind = TestKinds.Of(type);
        int? Number(string helper) => HelperNames.TryParse(helper, out var id) ? (int)id : null;
        var insns = Assembler.Assemble(string.Join('\n', sections["asm"].Lines), name, Number);
        var kfuncs = sections.TryGetValue("kfuncs", out var kfuncSection) ? kfuncSection.Lines : [];
        var program = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = name, Section = "tc", Insns = insns, Functions = FunctionsOf(insns) },
            ObjectName = name,
            License = sections.TryGetValue("license", out var license) ? license.Argument : "GPL",
            Type = type,
            Insns = insns,
            Maps = sections.TryGetValue("maps", out var maps) ? [.. maps.Lines.Select(MapOf)] : [],
            Kfuncs = [.. kfuncs.Select(kfunc => new ExternRef(kfunc, false, 0))],
        };
        bool accept = sections.ContainsKey("accept");
        string[] expected = accept ? ["None", "\"\""] : sections["reject"].Argument.Split(' ', 2);
        return new VerifierCase(name, program, kind, accept, Enum.Parse<Errno>(expected[0]), expected[1].Trim('"'),
            sections.TryGetValue("live", out var live) ? live.Argument : null);
    }

    private static ProgramType TypeOf(string text) => text switch
    {
        "sched_cls" => ProgramType.SchedCls,
        "xdp" => ProgramType.Xdp,
        "syscall" => ProgramType.Syscall,
        "sk_lookup" => ProgramType.SkLookup,
        _ => throw new InvalidDataException($"no test kind for program type '{text}'"),
    };

    private static MapSpec MapOf(string line, int index)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var map = new MapSpec
        {
            Name = $"map{index}",
            Type = Enum.Parse<MapType>(words[0]),
            KeySize = uint.Parse(words[1], CultureInfo.InvariantCulture),
            ValueSize = uint.Parse(words[2], CultureInfo.InvariantCulture),
            MaxEntries = uint.Parse(words[3], CultureInfo.InvariantCulture),
            Flags = words.Length > 4 ? Enum.Parse<MapFlags>(words[4]) : MapFlags.None,
        };
        if (map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps)
            map = map with { Inner = new MapSpec { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 } };
        if (words.Length <= 5) return map;
        return map with { Frozen = true, Contents = Convert.FromHexString(words[5]) };
    }

    private static List<FunctionInfo> FunctionsOf(RawInsn[] insns)
    {
        var starts = new SortedSet<int> { 0 };
        for (int pc = 0; pc < insns.Length; pc++)
            if (insns[pc] is { Code: 0x85, Src: 1 } or { Code: 0x18, Src: 4 }) starts.Add(pc + 1 + insns[pc].Imm);
        return [.. starts.Select((slot, i) => new FunctionInfo(slot, i == 0 ? "main" : $"sub_{i}", 0, false))];
    }
}
