using Tests.Differential;
using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Jit;

/// <summary>Programs with maps, helpers and facts as a verifier would give them.</summary>
internal static class EngineFixture
{
    public static ProgramKind Kind { get; } = TrustedProgram.RawMemory with
    {
        Helpers = new[] { typeof(MapHelpers), typeof(LoopHelpers), typeof(CoreHelpers), typeof(TrustedHelpers) }
            .SelectMany(HelperBinder.Bind).DistinctBy(binding => binding.Id).Where(binding => binding.Id != 0).ToDictionary(binding => binding.Id),
    };

    public static TheoryData<string> EngineNames => [.. Engines.All];

    public static Map MakeMap(MapType type, uint keySize, uint valueSize, uint entries, int cpus = 1) =>
        MapFactory.Create(new MapSpec { Name = "m", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries }, cpus, new ValueLayout((int)valueSize, []));

    /// <summary>Assembles; every call that takes a map is said to take map 0, with this constant key.</summary>
    public static VerifiedProgram WithMap(string text, Map map, long constantKey = -1) =>
        TrustedProgram.FromText(text, Kind, insns =>
        {
            var facts = TrustedProgram.Plain(insns);
            for (int pc = 0; pc < insns.Length; pc++)
            {
                if (insns[pc].Op == Op.CallHelper && insns[pc].Imm is >= 1 and <= 3 or 12 or 164) facts[pc] = facts[pc] with { MapIndex = 0, ConstantKey = constantKey };
            }
            return facts;
        }, map.Spec);

    public static ulong Run(ExecutableProgram program, ExecContext x, ulong ctx = 0)
    {
        x.BeginRun();
        return program.Entry(ctx, x);
    }
}
