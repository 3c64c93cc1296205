using System.CommandLine;
using Sim.Inputs;
using Sim.Output;
using Spectre.Console;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Specs;

namespace Sim.Commands;

/// <summary><c>sim inspect OBJ</c>: what is in an object file.</summary>
internal static class InspectCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("object") { Description = "A BPF object file." };
        var program = new Option<string?>("--program", "-p") { Description = "Disassemble only this program." };
        var code = new Option<bool>("--no-code") { Description = "Leave the disassembly out." };
        var command = new Command("inspect", "Show sections, maps, global variables and programs of an object, disassembled with source lines.\n\nExample:\n  sim inspect firewall.bpf.o --program firewall") { path, program, code };
        command.SetAction(parsed =>
        {
            using var opened = ObjectFiles.Open(parsed.GetRequiredValue(path));
            if (parsed.GetValue(program) is { } name)
            {
                Disassemble(opened.Program(name));
                return ExitCodes.Met;
            }
            WriteTables(opened.Spec);
            if (!parsed.GetValue(code)) foreach (var each in opened.Programs) Disassemble(each);
            return ExitCodes.Met;
        });
        return command;
    }

    private static void WriteTables(ObjectSpec spec)
    {
        var terminal = Terminal.Current;
        terminal.Line($"[bold]{spec.Name}[/]  license: {(spec.License.Length == 0 ? "none" : spec.License)}");
        var programs = new Table().Border(TableBorder.Simple).Title("programs").Headings("name", "section", "type", "insns", "functions");
        foreach (var p in spec.Programs) programs.Row($"{p.Name}", $"{p.Section}", $"{p.Type.ShortName()}", $"{p.Insns.Length}", $"{string.Join(", ", p.Functions.Skip(1).Select(f => f.Name))}");
        terminal.Write(programs);
        var maps = new Table().Border(TableBorder.Simple).Title("maps").Headings("name", "type", "key", "value", "entries", "flags", "slots");
        foreach (var m in spec.Maps.Where(m => !m.DataSection)) maps.Row($"{m.Name}", $"{m.Type.ShortName()}", $"{Type(m.Btf, m.KeyTypeId, m.KeySize)}", $"{Type(m.Btf, m.ValueTypeId, m.ValueSize)}", $"{m.MaxEntries}", m.Flags == 0 ? Styled.Of($"") : Styled.Of($"{m.Flags}"), $"{string.Join(", ", m.Slots.Select(slot => $"{slot.Index}: {slot.Target}"))}");
        terminal.Write(maps);
        var variables = new Table().Border(TableBorder.Simple).Title("global variables").Headings("name", "section", "bytes", "initial value");
        foreach (var m in spec.Maps.Where(m => m.DataSection))
        {
            foreach (var v in m.Variables) variables.Row($"{v.Name}", $"{m.Name}", $"{v.SizeBytes}", $"{Short(Globals.Get(spec, v.Name))}");
        }
        terminal.Write(variables);
        var sections = new Table().Border(TableBorder.Simple).Title("sections").Headings("name", "offset", "bytes");
        foreach (var s in spec.Sections) sections.Row($"{s.Name}", $"{s.Offset:x}", $"{s.SizeBytes}");
        terminal.Write(sections);
    }

    private static void Disassemble(BpfProgram program)
    {
        var linked = program.Link();
        var insns = Decoder.Decode(linked.Insns).Insns;
        var disassembler = new Disassembler
        {
            KfuncName = call => call.Imm >= 0 && call.Imm < linked.Kfuncs.Count ? linked.Kfuncs[(int)call.Imm].Name : null,
        };
        Terminal.Current.Line();
        int functionIndex = 0;
        (string File, int Line) last = ("", 0);
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (functionIndex < linked.Spec.Functions.Count && linked.Spec.Functions[functionIndex].Slot == pc) Terminal.Current.Line($"{linked.Spec.Functions[functionIndex++].Name}:");
            if (insns[pc].Op == Op.LdImm64Hi) continue;
            if (linked.TryLine(pc, out var line) && (line.File, line.Line) != last)
            {
                last = (line.File, line.Line);
                Terminal.Current.Line($"; {line.File}:{line.Line}  {line.Text.Trim()}");
            }
            string note = insns[pc].Op is Op.LdMapIndex or Op.LdMapIndexValue && (int)(uint)insns[pc].Imm < linked.Maps.Count ? $"   ; map {linked.Maps[(int)(uint)insns[pc].Imm].Name}" : "";
            Terminal.Current.Line($"{pc,5}: {disassembler.Format(insns[pc])}{note}");
        }
    }

    // The C type with its size, or the size alone.
    private static string Type(BtfSpec? btf, uint typeId, uint bytes) => btf is not null && typeId != 0 ? $"{BtfTypeText.Of(btf, typeId)} ({bytes})" : $"{bytes}";

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
