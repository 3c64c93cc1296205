using Netdev.Programs;
using Vm.Isa;
using Vm.Proofs;

namespace Sim.Fuzz;

/// <summary>In how many accepted programs each helper, kernel function, instruction and map type was reached, so that one never tried is seen.</summary>
internal sealed class FuzzCoverage
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public FuzzCoverage()
    {
        foreach (var type in FuzzTypes.Programs)
        {
            foreach (var helper in NetProgramKinds.For(type).Helpers.Values) _counts[$"helper {helper.Signature.Name}"] = 0;
            foreach (var kfunc in NetProgramKinds.For(type).Kfuncs.Values) _counts[$"kfunc {kfunc.Signature.Name}"] = 0;
        }
        foreach (var row in OpTable.Rows) _counts[$"insn {row.Op}"] = 0;
    }

    /// <summary>Programs counted.</summary>
    public long Programs { get; private set; }

    /// <summary>Programs by what they have; the names start with "helper", "kfunc", "insn", "map" or "program".</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Counts what another counted.</summary>
    public void Add(FuzzCoverage other)
    {
        Programs += other.Programs;
        foreach (var (what, count) in other._counts) _counts[what] = _counts.GetValueOrDefault(what) + count;
    }

    /// <summary>Counts a program.</summary>
    public void Add(VerifiedProgram program)
    {
        Programs++;
        var seen = new HashSet<string>(StringComparer.Ordinal) { $"program {program.Source.Type}" };
        for (int pc = 0; pc < program.Insns.Count; pc++)
        {
            var facts = program.Facts[pc];
            if (!facts.Reached) continue;
            seen.Add($"insn {program.Insns[pc].Op}");
            if (facts.Call is { } call) seen.Add($"{(call.IsKfunc ? "kfunc" : "helper")} {call.Signature.Name}");
            if (facts.Access != AccessKind.None) seen.Add($"access {facts.Access}");
            if (facts.MapIndex >= 0) seen.Add($"map {program.Source.Maps[facts.MapIndex].Type}");
        }
        foreach (var function in program.Source.Spec.Functions.Skip(1)) seen.Add(function.Global ? "program with a global function" : "program with a static function or callback");
        foreach (string what in seen) Add(what);
    }

    /// <summary>Counts something else about a program.</summary>
    public void Add(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
}
