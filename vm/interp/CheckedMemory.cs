using Vm.Isa;
using Vm.Memory;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Interp;

/// <summary>Loads, stores and atomics, each checked against the memory that is live right now.</summary>
internal sealed class CheckedMemory
{
    private readonly VerifiedProgram _program;
    private readonly InsnFacts[] _facts;
    private readonly ContextAccesses _context;
    private readonly Dictionary<System.Reflection.MethodInfo, Func<ulong, ulong>> _getters = [];
    private readonly Dictionary<System.Reflection.MethodInfo, Action<ulong, ulong>> _setters = [];

    public CheckedMemory(VerifiedProgram program)
    {
        _program = program;
        _facts = [.. program.Facts];
        _context = new ContextAccesses(program);
        var backings = program.Kind.Context.Fields.SelectMany(field => new[] { field.Backing, field.RawBacking });
        foreach (var methods in backings.OfType<ContextBacking.Methods>())
        {
            _getters[methods.Get] = methods.Get.CreateDelegate<Func<ulong, ulong>>();
            if (methods.Set is { } set) _setters[set] = set.CreateDelegate<Action<ulong, ulong>>();
            if (methods.SetImmediate is { } immediate) _setters[immediate] = immediate.CreateDelegate<Action<ulong, ulong>>();
        }
    }

    /// <summary>Does a memory instruction.</summary>
    /// <exception cref="GuestFaultException">It touches memory that is nobody's.</exception>
    public void Do(int pc, Insn insn, Span<ulong> r, ExecContext x)
    {
        var facts = _facts[pc];
        if (facts is { Access: AccessKind.Context, ContextField: >= 0 }) DoContext(pc, insn, r);
        else if (insn.IsLoad) r[insn.Dst] = Load(pc, insn, r, x, facts.Access == AccessKind.Probe);
        else if (insn.IsStore) GuestAccess.Store(Writable(pc, insn, r, x), insn.SizeBytes, Stored(insn, r));
        else DoAtomic(pc, insn, r, x);
    }

    private ulong Load(int pc, Insn insn, Span<ulong> r, ExecContext x, bool probe)
    {
        ulong address = r[insn.Src] + (ulong)(long)insn.Off;
        ulong value;
        if (probe) value = GuestAccess.Probe(address, x, insn.SizeBytes);
        else
        {
            Demand(pc, address, insn.SizeBytes, MemoryAccess.Read, x);
            value = GuestAccess.Load(address, insn.SizeBytes);
        }
        return SignExtend(insn, value);
    }

    private void DoAtomic(int pc, Insn insn, Span<ulong> r, ExecContext x)
    {
        ulong old = OpDelegates.Exchange(insn, Writable(pc, insn, r, x), r[0], r[insn.Src]);
        if (insn.Fetches) r[insn.AtomicKind == AtomicKind.CmpXchg ? 0 : insn.Src] = old;
    }

    private void DoContext(int pc, Insn insn, Span<ulong> r)
    {
        var access = _context.At(pc);
        if (insn.IsLoad)
        {
            ulong value = access.Backing is ContextBacking.Methods methods
                ? (_getters[methods.Get](r[insn.Src]) >> access.Shift) & access.Mask
                : access.Bytes == 0 ? 0 : GuestAccess.Load(r[insn.Src] + (ulong)access.Offset, access.Bytes);
            r[insn.Dst] = SignExtend(insn, value);
        }
        else if (access.Backing is ContextBacking.Methods methods)
        {
            var set = (insn.Form == Form.StoreImm ? methods.SetImmediate : null) ?? methods.Set!;
            _setters[set](r[insn.Dst], Stored(insn, r));
        }
        else
        {
            GuestAccess.Store(r[insn.Dst] + (ulong)access.Offset, access.Bytes, Stored(insn, r));
        }
    }

    private ulong Writable(int pc, Insn insn, ReadOnlySpan<ulong> r, ExecContext x)
    {
        ulong address = r[insn.Dst] + (ulong)(long)insn.Off;
        Demand(pc, address, insn.SizeBytes, MemoryAccess.Write, x);
        return address;
    }

    /// <summary>Live are the frames from the running one up to the top of the stack, and whatever the run's owners say.</summary>
    private void Demand(int pc, ulong address, int bytes, MemoryAccess access, ExecContext x)
    {
        if (!x.Allows(address, bytes, access, x.Run.FramePointer)) throw new GuestFaultException(_program.Name, pc, address, bytes, access);
    }

    private static ulong Stored(Insn insn, ReadOnlySpan<ulong> r) => insn.Form == Form.StoreImm ? (ulong)insn.Imm : r[insn.Src];

    private static ulong SignExtend(Insn insn, ulong value) => insn.Op switch
    {
        Op.LoadS8 => Arithmetic.MovSx8To64(value),
        Op.LoadS16 => Arithmetic.MovSx16To64(value),
        Op.LoadS32 => Arithmetic.MovSx32To64(value),
        _ => value,
    };
}
