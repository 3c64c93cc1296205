using System.Globalization;
using Vm.Abi;

namespace Vm.Isa;

/// <summary>Reads assembly text as the disassembler and the verifier log write it, with labels and comments.</summary>
/// <remarks>
/// <para>A line is <c>[label:] [slot:] [(code)] [instruction] [; comment]</c>; <c>//</c> starts a comment too. Jumps take
/// <c>pc+N</c>, <c>+N</c> or a label; <c>call</c> takes a helper's number, <c>name#number</c>, a name (if a resolver is
/// given), <c>pc+N</c>, a label, or <c>kernel-function#id</c>. <c>r1 = 5 ll</c> is a ld_imm64; <c>r1 = map_fd[3]</c>,
/// <c>map_fd[3][0]+8</c>, <c>map_idx[0]</c>, <c>map_idx[0][0]+8</c>, <c>btf_id[7]@0</c>, <c>func[5]@0</c> are its other kinds.
/// <c>.slot 0x…</c> is any eight bytes as a little-endian number.</para>
/// <para>Values the verifier refuses (a shift by 64, r11) are assembled, so that tests can show it refusing them.
/// In comparisons a hex constant is the 32-bit pattern, as the kernel prints it: 0xffffffff is -1.</para>
/// </remarks>
public static class Assembler
{
    /// <summary>Assembles a program. O(lines × rows).</summary>
    /// <param name="text">Lines of assembly.</param>
    /// <param name="source">Name for messages, such as the file's.</param>
    /// <param name="helperNumber">Helper numbers by name; null for a name that is not one.</param>
    /// <exception cref="AssemblyFormatException">A line cannot be read; the message has line and column.</exception>
    public static RawInsn[] Assemble(string text, string source = "assembly", Func<string, int?>? helperNumber = null)
    {
        var lines = text.Split('\n');
        var assembly = new Assembly(source, helperNumber ?? (_ => null));
        for (int i = 0; i < lines.Length; i++) assembly.FindLabels(AssemblyLexer.Split(lines[i]), i + 1);
        for (int i = 0; i < lines.Length; i++) assembly.Read(lines[i], i + 1);
        return assembly.Finish();
    }

    private readonly record struct JumpToLabel(int Slot, bool IsLong, AsmToken Label, int Line);

    private sealed class Assembly(string source, Func<string, int?> helperNumber)
    {
        private const int NotPlacedYet = -1;
        private readonly List<RawInsn> _slots = [];
        private readonly Dictionary<string, int> _labels = [];
        private readonly List<JumpToLabel> _jumps = [];

        public void FindLabels(List<AsmToken> tokens, int line)
        {
            for (int i = 0; i + 1 < tokens.Count && tokens[i + 1].Text == ":"; i += 2)
                if (tokens[i].IsWord && !_labels.TryAdd(tokens[i].Text, NotPlacedYet))
                    throw Error(line, tokens[i].Column, $"label '{tokens[i].Text}' is already taken; choose another name");
        }

        public void Read(string text, int line)
        {
            var tokens = AssemblyLexer.Split(text);
            int at = 0;
            for (; at + 1 < tokens.Count && tokens[at + 1].Text == ":"; at += 2) PlaceLabel(tokens[at], line);
            if (at == tokens.Count) return;
            if (tokens[at].Text == ".slot") ReadSlot(tokens, at, line);
            else ReadInstruction(tokens, at, text, line);
        }

        public RawInsn[] Finish()
        {
            foreach (var (slot, isLong, label, line) in _jumps)
            {
                if (!_labels.TryGetValue(label.Text, out int target))
                    throw Error(line, label.Column, $"no label is called '{label.Text}'");
                int distance = target - slot - 1;
                if (!isLong && distance != (short)distance)
                    throw Error(line, label.Column, $"'{label.Text}' is {distance} slots away and off holds 16 bits; use gotol");
                _slots[slot] = isLong ? _slots[slot] with { Imm = distance } : _slots[slot] with { Off = (short)distance };
            }
            return [.. _slots];
        }

        private void PlaceLabel(AsmToken label, int line)
        {
            if (label.IsWord) { _labels[label.Text] = _slots.Count; return; }
            if (!int.TryParse(label.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                throw Error(line, label.Column, $"'{label.Text}' is neither a label nor a slot number");
            if (number != _slots.Count)
                throw Error(line, label.Column, $"this is slot {_slots.Count}, not {number}; number lines by slot (ld_imm64 takes two) or leave it out");
        }

        private void ReadSlot(List<AsmToken> tokens, int at, int line)
        {
            string digits = at + 1 < tokens.Count ? tokens[at + 1].Text : "";
            if (at + 2 != tokens.Count || !digits.StartsWith("0x", StringComparison.Ordinal)
                || !ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits))
                throw Error(line, tokens[at].Column, ".slot takes one 0x number of up to 64 bits");
            _slots.Add(new RawInsn((byte)bits, (byte)(bits >> 8), (short)(bits >> 16), (int)(bits >> 32)));
        }

        private void ReadInstruction(List<AsmToken> tokens, int at, string text, int line)
        {
            int? code = TakeCode(tokens, ref at, line);
            var statement = new AsmStatement(tokens[at..], text.Length + 1, _labels, helperNumber) { HasCode = code is not null };
            foreach (var pattern in AssemblyPattern.All)
            {
                if ((code is not null && pattern.Row.Code != code) || !pattern.TryMatch(statement)) continue;
                Emit(pattern.Row, statement, line);
                return;
            }
            throw Error(line, statement.ComplaintColumn, statement.Complaint);
        }

        private int? TakeCode(List<AsmToken> tokens, ref int at, int line)
        {
            if (tokens[at].Text != "(") return null;
            string digits = at + 1 < tokens.Count ? tokens[at + 1].Text : "";
            bool closed = at + 2 < tokens.Count && tokens[at + 2].Text == ")";
            if (!closed || !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
                throw Error(line, tokens[at].Column, "a parenthesis here starts an opcode in hex, such as (b7)");
            if (OpTable.WithCode(code).IsEmpty) throw Error(line, tokens[at + 1].Column, $"no instruction has opcode {code:x2}");
            at += 3;
            return code;
        }

        private void Emit(OpRow row, AsmStatement s, int line)
        {
            if (s.Label is { } label) _jumps.Add(new JumpToLabel(_slots.Count, row.Form is Form.JumpLong or Form.Call, label, line));
            _slots.Add(new RawInsn(
                row.Code,
                row.HasDst ? (int)s.Dst : 0,
                row.HasSrc ? (int)s.Src : row.Src,
                row.HasOff ? (short)s.Off : row.Off,
                row.HasImm ? (int)s.Imm : row.Imm));
            if (row.Form == Form.Wide) _slots.Add(new RawInsn(0, 0, 0, (int)s.High));
        }

        private AssemblyFormatException Error(int line, int column, string what) =>
            new(source, $"line {line}, column {column}", what);
    }
}
