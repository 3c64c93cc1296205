using Vm.Abi;
using Vm.Isa;

namespace Vm.Btf;

/// <summary>Makes a program fit the types of the machine it is to run on (compile once, run everywhere).</summary>
/// <remarks>
/// Candidates are looked up once per local type. Not safe to share between threads.
/// Source: Linux 6.12 tools/lib/bpf/relo_core.c, bpf_core_calc_relo_insn; libbpf.c, bpf_core_add_cands.
/// </remarks>
/// <param name="local">The object's own types.</param>
/// <param name="target">The types of the kernel (or its stand-in).</param>
public sealed class CoreRelocator(BtfSpec local, BtfSpec target)
{
    private readonly Dictionary<uint, List<uint>> _candidates = [];

    /// <summary>Answers one record and patches its instruction.</summary>
    /// <param name="insns">The program.</param>
    /// <param name="slot">Instruction the record is about.</param>
    /// <param name="typeId">Root type in the object's BTF.</param>
    /// <param name="access">Access string, such as <c>0:1:2</c>.</param>
    /// <param name="kind">The question.</param>
    /// <exception cref="BtfFormatException">
    /// The record does not fit its instruction or types, or several target types give different answers. What the target
    /// merely lacks is no error: the instruction is poisoned, and the verifier refuses it if it is ever reached.
    /// </exception>
    public void Apply(Span<RawInsn> insns, int slot, uint typeId, string access, CoreKind kind)
    {
        if (kind > CoreKind.TypeMatches)
            throw new BtfFormatException(local.Source, $"instruction {slot}", $"CO-RE kind {(uint)kind} is not known (0-12 are)", Errno.EOPNOTSUPP);
        var spec = CoreSpec.Parse(local, typeId, access, kind);
        var answer = kind == CoreKind.TypeIdLocal
            ? new CoreAnswer(new CoreValue(typeId, 0, 0, false), new CoreValue(typeId, 0, 0, false), false)
            : Answer(spec, slot);
        new CorePatch(local.Source, slot, answer).Apply(insns);
    }

    private CoreAnswer Answer(CoreSpec spec, int slot)
    {
        var root = local[spec.RootTypeId];
        if (root.Name.Length == 0)
            throw new BtfFormatException(local.Source, $"instruction {slot}", $"CO-RE cannot look for {root.Describe()}: it has no name", Errno.EOPNOTSUPP);
        if (CoreValue.Of(spec.Kind, spec) is not { } mine) throw new System.Diagnostics.UnreachableException("a local access always has a value");
        if (!_candidates.TryGetValue(root.Id, out var candidates)) _candidates.Add(root.Id, candidates = FindCandidates(root));
        (CoreValue? Value, ulong BitOffset, CoreSpec Spec)? chosen = null;
        var matching = new List<uint>();
        foreach (uint id in candidates)
        {
            if (!spec.TryMatch(target, id, out var match)) continue;
            var value = CoreValue.Of(spec.Kind, match);
            matching.Add(id);
            if (chosen is not { } first) chosen = (value, match.BitOffset, match);
            else if (first.BitOffset != match.BitOffset || first.Value?.Value != value?.Value)
                throw new BtfFormatException(local.Source, $"instruction {slot}",
                    $"{target.Source} has several types {root.Name} that disagree on {spec.Kind.KernelName()} ({first.Value?.Value} and {value?.Value})");
        }
        // Later questions about the same type look only at what fitted here, as libbpf does.
        if (matching.Count > 0) _candidates[root.Id] = matching;
        var theirs = chosen?.Value ?? CoreValue.Of(spec.Kind, null);
        return new CoreAnswer(mine, theirs, !MayResize(mine, theirs));
    }

    private List<uint> FindCandidates(BtfType root) =>
        [.. target.NamedEssentially(BtfSpec.EssentialName(root.Name)).Where(type => CoreTypeComparison.SameKind(root, type)).Select(type => type.Id)];

    // A narrower or wider load gives the same number only if what lies above is zero: pointers and unsigned integers.
    private bool MayResize(CoreValue mine, CoreValue? theirs)
    {
        if (theirs is not { } other || mine.FieldBytes == other.FieldBytes) return true;
        return (local[mine.FieldTypeId], target[other.FieldTypeId]) switch
        {
            (BtfPointer, BtfPointer) => true,
            (BtfInt a, BtfInt b) => IsPlainUnsigned(a) && IsPlainUnsigned(b),
            _ => false,
        };
    }

    private static bool IsPlainUnsigned(BtfInt type) => !type.Signed || type.IsChar || type.IsBool;
}

/// <summary>What a record's instruction holds and is to hold.</summary>
/// <param name="Local">The value the compiler put there.</param>
/// <param name="Target">The value for the target; null when it has none and the instruction is to be poisoned.</param>
/// <param name="PoisonAccess">True when the field's size changed in a way no load or store can follow.</param>
internal readonly record struct CoreAnswer(CoreValue Local, CoreValue? Target, bool PoisonAccess);
