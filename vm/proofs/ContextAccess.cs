using System.Diagnostics;
using Vm.Isa;
using Vm.Programs;

namespace Vm.Proofs;

/// <summary>How one access to a context field is really carried out.</summary>
/// <param name="Backing">Where the bytes are; null for the raw context of SYSCALL programs.</param>
/// <param name="Offset">For native fields: byte offset in the native struct.</param>
/// <param name="Bytes">For native fields: bytes to load or store there; 0 when a load is known to yield 0.</param>
/// <param name="Shift">For methods: bits to shift the value read right by.</param>
/// <param name="Mask">For methods: what to keep of the shifted value.</param>
public readonly record struct ContextAccess(ContextBacking? Backing, int Offset, int Bytes, int Shift, ulong Mask);

/// <summary>Resolves the context accesses of one program against the field table; both engines ask here.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/verifier.c, convert_ctx_accesses: a load narrower than both the uapi field and the real one takes the
/// real field, shifts and masks; any other takes all of the real field, wherever in the uapi field it starts. So a 4-byte load of
/// <c>data</c> yields the 8-byte pointer.
/// </remarks>
public sealed class ContextAccesses
{
    private readonly VerifiedProgram _program;
    private readonly HashSet<string> _fieldsUsed = [];

    /// <summary>Looks through the program once for the fields it uses.</summary>
    public ContextAccesses(VerifiedProgram program)
    {
        _program = program;
        foreach (var facts in program.Facts)
        {
            if (facts is { Reached: true, Access: AccessKind.Context, ContextField: >= 0 }) _fieldsUsed.Add(program.Kind.Context.Fields[facts.ContextField].Name);
        }
    }

    /// <summary>How the load or store at <paramref name="pc"/> is done; its access kind is <see cref="AccessKind.Context"/>.</summary>
    public ContextAccess At(int pc)
    {
        var facts = _program.Facts[pc];
        if (facts.ContextField < 0) return default;
        var field = _program.Kind.Context.Fields[facts.ContextField];
        var insn = _program.Insns[pc];
        int start = facts.ContextByte;
        return BackingOf(field) switch
        {
            ContextBacking.Native native => Plain(native, field, insn, start),
            ContextBacking.Methods methods when insn.SizeBytes < field.Size && insn.SizeBytes < methods.Bytes =>
                new(methods, 0, 0, 8 * start, (1ul << (8 * insn.SizeBytes)) - 1),
            ContextBacking.Methods methods => new(methods, 0, 0, 0, ulong.MaxValue),
            _ => throw new UnreachableException(),
        };
    }

    private ContextBacking BackingOf(ContextField field) =>
        field.RawWhenUsed is { } other && _fieldsUsed.Contains(other) && field.RawBacking is { } raw ? raw : field.Backing;

    private static ContextAccess Plain(ContextBacking.Native native, ContextField field, Insn insn, int start)
    {
        int size = insn.SizeBytes;
        if (!field.Region && (size >= field.Size || size >= native.Bytes)) return new(native, native.Offset, native.Bytes, 0, 0);
        bool inside = start + size <= native.Bytes;
        return new(native, native.Offset + start, inside ? size : 0, 0, 0);
    }
}
