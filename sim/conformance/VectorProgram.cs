using System.Reflection;
using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Memory;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Conformance;

/// <summary>Programs of the public ISA vectors: no type, no verifier; R1 is plain memory and R2 its length.</summary>
/// <remarks>
/// Two things the vectors ask for are outside Linux 6.12 and are put into its terms here: shift counts past the width, which RFC 9669
/// masks, and callx, a call of the helper whose number is in a register. Source: RFC 9669 §4.1 and §4.3.2.
/// </remarks>
internal static class VectorProgram
{
    private const byte CallX = 0x8d, Call = 0x85;
    private const int CallXHelpers = 1000, StackBytes = 512;

    private static readonly ProgramKind s_kind = new()
    {
        Type = ProgramType.Syscall,
        Context = new ContextLayout("memory", 0, [], RawBytes: 4096),
        Helpers = Helpers(),
        Kfuncs = new Dictionary<string, HelperBinding>(),
        KfuncNames = new HashSet<string>(),
        ExecType = typeof(ExecContext),
    };

    /// <summary>Takes a program on trust.</summary>
    /// <param name="slots">The vector's instructions.</param>
    /// <param name="memoryBytes">What R2 starts with.</param>
    public static VerifiedProgram Trust(RawInsn[] slots, int memoryBytes)
    {
        RawInsn[] all = [new RawInsn(0xb7, 2, 0, 0, memoryBytes), .. slots.Select(InTermsOfLinux)];
        var insns = Decoder.Decode(all).Insns;
        int[] starts = [0, .. Enumerable.Range(0, insns.Length).Where(pc => insns[pc].Op is Op.CallLocal).Select(pc => (int)insns[pc].Target(pc)).Distinct().Order()];
        int[] ends = [.. starts.Skip(1), insns.Length];
        var functions = starts.Select((start, i) => new SubprogramFacts(start, ends[i], $"f{i}", StackBytes, false, true)).ToArray();
        var facts = insns.Select(insn => new InsnFacts { Reached = insn.Op != Op.Illegal, Access = insn.SizeBytes > 0 && !insn.IsPacketLoad ? AccessKind.Memory : AccessKind.None }).ToArray();
        var linked = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "vector", Section = "vector", Insns = all, Functions = [] },
            ObjectName = "vector",
            License = "GPL",
            Type = ProgramType.Syscall,
            Insns = all,
            Maps = [],
        };
        return UnsafeDoor.TrustBlindly(linked, s_kind, insns, functions, facts);
    }

    private static RawInsn InTermsOfLinux(RawInsn raw)
    {
        if (raw.Code == CallX) return new RawInsn(Call, 0, 0, 0, CallXHelpers + raw.Dst);
        if (!OpTable.TryFind(raw with { Imm = 1 }, out var row) || !row.HasImm) return raw;
        return row.Op switch
        {
            Op.Lsh64 or Op.Rsh64 or Op.Arsh64 => raw with { Imm = raw.Imm & 63 },
            Op.Lsh32 or Op.Rsh32 or Op.Arsh32 => raw with { Imm = raw.Imm & 31 },
            _ => raw,
        };
    }

    private static Dictionary<HelperId, HelperBinding> Helpers()
    {
        var helpers = HelperBinder.Bind(typeof(VectorHelpers)).ToDictionary(binding => binding.Id);
        var dispatch = typeof(VectorProgram).GetMethod(nameof(CallByNumber), BindingFlags.Static | BindingFlags.NonPublic)!;
        for (int register = 1; register <= 5; register++)
        {
            ParameterBinding[] parameters = [new(ParameterShape.Word, typeof(ulong), 1), new(ParameterShape.Word, typeof(ulong), register)];
            var signature = new HelperSignature("callx", [new ArgSpec(ArgKind.Anything)], ReturnKind.Integer);
            var id = (HelperId)(CallXHelpers + register);
            helpers[id] = new HelperBinding(id, signature, dispatch, parameters, CallIl.MakeStub("callx", dispatch, parameters, kfunc: false));
        }
        return helpers;
    }

    private static long CallByNumber(ulong r1, ulong number) => number == 5 ? VectorHelpers.Same(r1) : -(long)Errno.EINVAL;
}

/// <summary>The one helper the vectors call.</summary>
internal static class VectorHelpers
{
    /// <summary>The argument, unchanged.</summary>
    [Helper(5, "same")]
    public static long Same(ulong value) => (long)value;
}

/// <summary>The vector's memory, right before a guard page.</summary>
internal sealed class VectorMemory : IGuestMemory, IDisposable
{
    private const int PageBytes = 4096;

    private readonly NativeBlock _block;
    private readonly int _bytes;
    private readonly long _start;

    public VectorMemory(byte[] content)
    {
        _bytes = content.Length;
        int pages = (Math.Max(_bytes, 1) + PageBytes - 1) / PageBytes * PageBytes;
        _block = new NativeBlock(pages);
        _start = pages - _bytes;
        content.CopyTo(_block.Bytes(_start, _bytes));
    }

    /// <summary>What R1 starts with; 0 when there is no memory.</summary>
    public ulong Address => _bytes == 0 ? 0 : _block.Address + (ulong)_start;

    public bool Allows(ulong address, int bytes, MemoryAccess access) =>
        _bytes > 0 && address >= Address && bytes <= _bytes && address - Address <= (ulong)(_bytes - bytes);

    public void Dispose() => _block.Dispose();
}

/// <summary>R1 of a vector: memory as plain bytes, as SYSCALL programs have it.</summary>
internal readonly record struct VectorContext(VectorMemory Memory) : IProgramContext
{
    public ulong Address => Memory.Address;

    public static bool Fits(ProgramType type) => type == ProgramType.Syscall;
}
