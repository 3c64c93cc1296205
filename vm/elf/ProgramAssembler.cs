using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Puts an entry function and every subprogram it reaches into one instruction array.</summary>
/// <remarks>
/// Subprograms are appended when first met, each once, so positions agree with what libbpf loads.
/// A function that answers bpf_throw is named by a tag and called by no one; it comes last.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__reloc_code, bpf_object__append_subprog_code, bpf_prog_assign_exc_cb.
/// </remarks>
internal sealed class ProgramAssembler(string objectName, CodeSections code, CodeReferences references, BtfSpec? btf, BtfExt? ext)
{
    private const string CallbackTag = "exception_callback:";
    private const long MaxTotalSlots = 32L * CodeSections.MaxSlots;

    // Objects whose many programs share big subprograms would otherwise grow without bound.
    private long _totalSlots;

    /// <summary>The program that starts at an entry function.</summary>
    /// <exception cref="BadInputException">A reference cannot be followed, or the program exceeds a million slots.</exception>
    public ProgramSpec Assemble(CodeFunction entry)
    {
        var order = new List<CodeFunction>();
        var positions = new Dictionary<CodeFunction, int>(ReferenceEqualityComparer.Instance);
        int total = Place(entry, order, positions);
        var insns = new RawInsn[total];
        var functions = new List<FunctionInfo>();
        var open = new List<OpenReference>();
        var lines = new List<LineInfo>();
        var core = new List<CoreRelocation>();
        foreach (var function in order)
        {
            int at = positions[function];
            Array.Copy(code.Insns(function.Section), function.Start, insns, at, function.Count);
            functions.Add(new FunctionInfo(at, function.Name, TypeOf(function), function.Global && function != entry));
            foreach (var reference in references.In(function))
            {
                int slot = at + reference.Slot - function.Start;
                if (reference.Function is { } target) insns[slot] = Pointed(insns[slot], positions[target] - slot - 1);
                else if (reference.Open is { } item)
                {
                    // The addend is in the reference now; what the compiler left in the instruction means nothing any more.
                    insns[slot] = insns[slot] with { Imm = 0 };
                    open.Add(item with { Slot = slot });
                }
            }
            AddLines(function, at, lines);
            AddCore(function, at, core);
        }
        string section = entry.Section.Name;
        string plain = section.TrimStart('?');
        SectionNames.TryFind(plain, out var kind);
        return new ProgramSpec
        {
            Name = entry.Name,
            Section = plain,
            AutoLoad = !section.StartsWith('?'),
            Type = kind.Type,
            AttachType = kind.AttachType,
            LoadFlags = kind.LoadFlags,
            Insns = insns,
            Functions = functions,
            Lines = lines,
            References = open,
            CoreRelocations = core,
        };
    }

    /// <summary>Depth first, each function where it is first called; with a stack of our own, as calls may nest without end.</summary>
    private int Place(CodeFunction entry, List<CodeFunction> order, Dictionary<CodeFunction, int> positions)
    {
        int total = 0;
        var walk = new Stack<IEnumerator<CodeReference>>();
        void Enter(CodeFunction function)
        {
            positions.Add(function, total);
            order.Add(function);
            total += function.Count;
            _totalSlots += function.Count;
            if (total > CodeSections.MaxSlots || _totalSlots > MaxTotalSlots)
                throw new ElfFormatException(objectName, $"program {entry.Name}", "it has over a million instructions with its subprograms", Errno.E2BIG);
            walk.Push(references.In(function).GetEnumerator());
        }
        void EnterAll(CodeFunction root)
        {
            Enter(root);
            while (walk.TryPeek(out var next))
            {
                if (!next.MoveNext()) walk.Pop();
                else if (next.Current.Function is { } target && !positions.ContainsKey(target)) Enter(target);
            }
        }
        EnterAll(entry);
        if (ExceptionCallback(entry) is { } callback && !positions.ContainsKey(callback)) EnterAll(callback);
        return total;
    }

    /// <summary>The function an entry function's tag names; null for none. Tags that name no one function are the verifier's to refuse.</summary>
    private CodeFunction? ExceptionCallback(CodeFunction entry)
    {
        if (btf is null || TypeOf(entry) is not (not 0 and var typeId)) return null;
        string[] named = [.. btf.DeclTagsOf(typeId).Where(IsCallbackTag).Select(tag => tag[CallbackTag.Length..])];
        return named.Length == 1 ? code.All.FirstOrDefault(function => function.Global && function.Name == named[0]) : null;
    }

    private static bool IsCallbackTag(string tag) => tag.StartsWith(CallbackTag, StringComparison.Ordinal);

    private static RawInsn Pointed(RawInsn insn, int distance) =>
        new(insn.Code, insn.Dst, insn.Code == CodeReferences.WideLoad ? 4 : 1, insn.Off, distance);

    private uint TypeOf(CodeFunction function)
    {
        foreach (var record in ext?.Functions(function.Section.Name) ?? [])
        {
            if (record.OffsetBytes == function.Start * 8L) return record.TypeId;
        }
        return btf is not null && btf.TryFind<BtfFunction>(function.Name, out var type) ? type.Id : 0;
    }

    private void AddLines(CodeFunction function, int at, List<LineInfo> lines)
    {
        if (ext is null || btf is null) return;
        foreach (var record in Within(ext.Lines(function.Section.Name), function, record => record.OffsetBytes))
        {
            lines.Add(new LineInfo((int)(record.OffsetBytes / 8) - function.Start + at, btf.StringAt(record.FileOffset),
                btf.StringAt(record.TextOffset), record.Line, record.Column, record.FileOffset, record.TextOffset));
        }
    }

    private void AddCore(CodeFunction function, int at, List<CoreRelocation> core)
    {
        if (ext is null || btf is null) return;
        foreach (var record in Within(ext.CoreRelocations(function.Section.Name), function, record => record.OffsetBytes))
        {
            if (record.OffsetBytes % 8 != 0)
                throw new BtfFormatException(objectName, $"section {function.Section.Name}", $"a CO-RE record at byte {record.OffsetBytes}, between instructions");
            core.Add(new CoreRelocation((int)(record.OffsetBytes / 8) - function.Start + at, record.TypeId, btf.StringAt(record.AccessOffset), record.Kind));
        }
    }

    private static IEnumerable<T> Within<T>(IReadOnlyList<T> records, CodeFunction function, Func<T, uint> offset)
    {
        int low = 0, high = records.Count;
        while (low < high)
        {
            int mid = (low + high) / 2;
            if (offset(records[mid]) < function.Start * 8L) low = mid + 1;
            else high = mid;
        }
        for (int i = low; i < records.Count && offset(records[i]) < function.End * 8L; i++) yield return records[i];
    }
}
