using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>What an instruction did that its text alone does not tell; needed to follow values backwards.</summary>
[Flags]
internal enum HistoryFlags : byte
{
    None = 0,

    /// <summary>It read or wrote the whole spill in a slot of a frame.</summary>
    StackAccess = 1,

    /// <summary>The second operand of a comparison was a stack pointer.</summary>
    SrcIsStack = 2,

    /// <summary>The first operand of a comparison was a stack pointer.</summary>
    DstIsStack = 4,
}

/// <summary>Registers and slots that hold the same number, give or take a constant. Packed, at most six.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, struct linked_regs.</remarks>
internal struct LinkedPlaces
{
    private const int Capacity = 6, EntryBits = 10, CountBits = 4;
    private ulong _packed;

    public readonly int Count => (int)(_packed & 0xf);

    /// <summary>An entry: frame, register or slot number, and which of the two it is.</summary>
    public readonly (int Frame, int Index, bool IsRegister) this[int entry]
    {
        get
        {
            ulong bits = _packed >> (CountBits + entry * EntryBits);
            return ((int)(bits & 7), (int)(bits >> 3 & 63), (bits >> 9 & 1) != 0);
        }
    }

    public bool TryAdd(int frame, int index, bool isRegister)
    {
        int count = Count;
        if (count == Capacity) return false;
        ulong entry = (uint)frame | (ulong)(uint)index << 3 | (isRegister ? 1ul << 9 : 0);
        _packed = (_packed | entry << (CountBits + count * EntryBits)) + 1;
        return true;
    }
}

/// <summary>One remembered instruction of a path.</summary>
internal struct HistoryEntry
{
    public int Pc, PrevPc;
    public HistoryFlags Flags;
    public byte Frame, Slot;
    public LinkedPlaces Links;
}

/// <summary>The instructions on the current path that cannot be found again by stepping back one slot.</summary>
/// <remarks>
/// One growing array for all states; a state owns a stretch of it. A path that is taken up again overwrites what a finished one
/// left. Source: Linux 6.12 kernel/bpf/verifier.c, push_insn_history, get_prev_insn_idx.
/// </remarks>
internal sealed class History(VerifierEnv v)
{
    public const int NotFound = int.MinValue;
    private HistoryEntry[] _entries = new HistoryEntry[256];
    private int _current = -1;

    /// <summary>A new instruction starts: nothing is remembered about it yet.</summary>
    public void NextInsn() => _current = -1;

    public void Note(HistoryFlags flags = HistoryFlags.None, int frame = 0, int slot = 0, LinkedPlaces links = default)
    {
        if (_current < 0)
        {
            if (v.Cur.HistoryEnd == _entries.Length) Array.Resize(ref _entries, _entries.Length * 2);
            _current = v.Cur.HistoryEnd++;
            _entries[_current] = new HistoryEntry { Pc = v.Pc, PrevPc = v.PrevPc };
        }
        ref var entry = ref _entries[_current];
        entry.Flags |= flags;
        if ((flags & HistoryFlags.StackAccess) != 0) (entry.Frame, entry.Slot) = ((byte)frame, (byte)slot);
        if (links.Count > 0) entry.Links = links;
    }

    public bool TryGet(int start, int end, int pc, out HistoryEntry entry)
    {
        bool found = end > start && _entries[end - 1].Pc == pc;
        entry = found ? _entries[end - 1] : default;
        return found;
    }

    /// <summary>The instruction before <paramref name="pc"/> on a state's stretch of path; <see cref="NotFound"/> at its start.</summary>
    public int Previous(VerifierState state, int pc, int start, ref int end)
    {
        int count = end - start;
        if (pc == state.FirstPc && (count == 0 || (count == 1 && _entries[start].Pc == pc))) return NotFound;
        if (count > 0 && _entries[end - 1].Pc == pc) return _entries[--end].PrevPc;
        return pc - 1;
    }
}
