using System.Globalization;
using System.Text.RegularExpressions;

namespace Sim.Report;

/// <summary>What usually helps against a complaint of the verifier, in a sentence; the complaint's numbers decide, not its first words alone.</summary>
internal static partial class RejectionHints
{
    private static readonly (string Text, string Hint)[] s_hints =
    [
        ("invalid zero-sized read", "the size may be 0 on this path, and that is refused: leave when it is 0, or write it as a number that cannot be: n = ((n - 1) & MASK) + 1"),
        ("variable ctx access", "the context's fields lie at fixed offsets: choose between them with if or switch, or copy what you index into an array on the stack first"),
        ("dereference of modified ctx", "the context pointer was moved; read its fields from the pointer the program got: ctx->field"),
        ("unbounded min value", "the number may be negative: make it unsigned and bound it (x &= MASK), or check that it is not below zero, before you add it"),
        ("invalid access to map value", "the offset can leave the value; compare the index with the number of elements"),
        ("value is outside of the allowed memory range", "bound the offset before you add it: mask it (x &= N - 1) or compare it with a constant"),
        ("should have been in", "this type of program may return those numbers only: return one of its constants on every path"),
        ("the register R0 is not a known value", "return a number on every path, not a pointer"),
        ("R0 !read_ok", "a path reaches the end without a return value"),
        ("calls are not allowed while holding a lock", "between bpf_spin_lock and bpf_spin_unlock nothing may be called but static functions of the program: move the call in front of the lock or behind it"),
        ("bpf_spin_unlock is missing", "every path from bpf_spin_lock to the end or to a call must pass bpf_spin_unlock"),
        ("bpf_rcu_read_unlock is missing", "every path from bpf_rcu_read_lock to the end must pass bpf_rcu_read_unlock"),
        ("map_value_or_null", "check the result of bpf_map_lookup_elem for NULL before you use it"),
        ("Possibly NULL pointer", "check the pointer for NULL before you pass it on"),
        ("_or_null", "check the pointer for NULL before you use it"),
        ("!read_ok", "the register holds nothing yet, or a call has overwritten it; set the variable on every path"),
        ("unbounded memory access", "bound the variable first: mask it (x &= N - 1) or compare it with a constant"),
        ("min value is negative", "make the index unsigned, or check that it is not below zero"),
        ("infinite loop detected", "nothing changes from one round to the next; let the loop count towards a constant bound"),
        ("Unreleased reference", "every path must give the reference back: submit or discard, release, or store it"),
        ("invalid bpf_context access", "this program type may not use that field in that way; only the listed widths of listed fields are allowed"),
        ("program of this type cannot use helper", "the kernel has the helper, but not for programs of this type"),
        ("GPL", "declare a GPL-compatible license: char LICENSE[] SEC(\"license\") = \"GPL\";"),
        ("combined stack size", "functions that call each other have 512 bytes of stack together: move large buffers into a per-CPU array of one entry"),
        ("invalid read from stack", "those bytes were never written: initialise the whole variable, padding too (= {} or __builtin_memset)"),
        ("scalar", "a number is used as a pointer here; packet pointers become numbers when a helper may have moved the packet: load data and data_end again"),
        ("too large", "the program has too many paths; bound loops more tightly or move work into subprograms"),
    ];

    /// <summary>The hint for a complaint; null when there is none.</summary>
    /// <param name="complaint">In the kernel's words.</param>
    public static string? For(string complaint)
    {
        if (PacketAccess().Match(complaint) is { Success: true } packet) return ForPacket(packet);
        return s_hints.FirstOrDefault(h => complaint.Contains(h.Text, StringComparison.Ordinal)).Hint;
    }

    // id: a variable was added to the pointer; r: bytes from the pointer's origin that comparisons with data_end have shown to be there.
    private static string ForPacket(Match packet)
    {
        long offset = Number(packet, "off"), size = Number(packet, "size"), shown = Number(packet, "r");
        if (Number(packet, "id") != 0)
        {
            return shown == 0
                ? "a variable was added to this pointer, and no comparison with data_end made after that is about it: bound the variable (x &= MASK, at most 65535 in all), add it, "
                    + "keep the sum in one variable, compare that (if (p + N > data_end) return …;) and read through it"
                : $"behind the variable part {shown} bytes are known to be there, and this reads {Bytes(offset, size)}: compare p + {offset + size} with data_end, p being the pointer you read through";
        }
        return shown == 0
            ? "compare the end of what you read with data_end before you read it: if (p + N > data_end) return …; a helper that may move the packet makes earlier comparisons void"
            : $"comparisons with data_end have shown {shown} bytes, and this reads {Bytes(offset, size)}: compare with the constant {offset + size}. "
                + "A comparison that adds a variable length shows nothing about fixed offsets; in a loop compare each round: if (p + i + 1 > data_end) break;";
    }

    private static string Bytes(long offset, long size) => size == 1 ? $"byte {offset}" : $"bytes {offset} to {offset + size - 1}";

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"invalid access to packet, off=(?<off>-?\d+) size=(?<size>\d+), R\d+\(id=(?<id>\d+),off=-?\d+,r=(?<r>\d+)\)", RegexOptions.CultureInvariant)]
    private static partial Regex PacketAccess();
}
