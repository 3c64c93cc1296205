using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Tests.Architecture;

/// <summary>Reads the built command: what people see passes <c>Sim.Output</c>, where text that is not ours is made visible, and nothing else touches the console.</summary>
public class TerminalDoorTests
{
    private const string Door = "Sim.Output";

    // Whatever takes a string as markup or writes it. Borders, paddings and tables themselves are harmless.
    private static readonly string[] s_writers =
    [
        "System.Console::", "Spectre.Console.AnsiConsole::", "Spectre.Console.AnsiConsoleExtensions::Markup", "Spectre.Console.AnsiConsoleExtensions::Write", "Spectre.Console.Markup::", "Spectre.Console.Text::.ctor", "Spectre.Console.Paragraph::",
        "Spectre.Console.TableExtensions::AddRow", "Spectre.Console.TableExtensions::AddColumn", "Spectre.Console.TableColumn::.ctor", "Spectre.Console.Rule::", "Spectre.Console.Panel::.ctor", "Spectre.Console.Tree::.ctor",
    ];

    // The text of a progress column is a number of ours.
    private static readonly string[] s_allowed = ["Sim.Commands.Progress/TransferSpeedlessRate"];

    [Fact]
    public void OnlyTheTerminal_WritesToTheConsole()
    {
        using var module = ModuleDefinition.ReadModule(typeof(global::Sim.Output.Terminal).Assembly.Location);
        var strangers = Calls(module).Where(call => s_writers.Any(writer => call.Used.StartsWith(writer, StringComparison.Ordinal)) && !s_allowed.Contains(call.Type)).ToArray();
        Assert.True(strangers.Length == 0, string.Join('\n', strangers.Select(call => $"{call.Type} uses {call.Used}").Distinct()));
    }

    // Plain lines are not made visible hole by hole: whoever writes them writes JSON, which escapes by itself, or says Visible.Of.
    private static readonly string[] s_plain =
    [
        "BenchCommand", "CompareCommand", "ConformanceCommand", "ControlCommand", "ExecCommand", "FuzzCommand", "Goldens", "RunCommand", "VerifyCommand", "CommandLine", "FuzzReport",
    ];

    [Fact]
    public void PlainLines_ComeFromThoseWhoAreKnown()
    {
        using var module = ModuleDefinition.ReadModule(typeof(global::Sim.Output.Terminal).Assembly.Location);
        string[] plain = ["Sim.Output.Terminal::get_Out", "Sim.Output.Terminal::get_Error", "Sim.Output.Terminal::Data"];
        Assert.Empty(Calls(module).Where(call => plain.Contains(call.Used)).Select(call => call.Type.Split('/')[0].Split('.')[^1]).Except(s_plain));
    }

    [Fact]
    public void TheTestSeesWriters()
    {
        using var module = ModuleDefinition.ReadModule(typeof(TerminalDoorTests).Assembly.Location);
        Assert.Contains(Calls(module), call => call.Used == "System.Console::get_Out");
        Assert.NotNull(Console.Out);
    }

    private static IEnumerable<(string Type, string Used)> Calls(ModuleDefinition module) =>
        from type in module.GetTypes()
        where Outermost(type).Namespace != Door
        from method in type.Methods
        where method.HasBody
        from instruction in method.Body.Instructions
        where instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj
        let used = (MethodReference)instruction.Operand
        select (type.FullName, $"{used.DeclaringType.FullName}::{used.Name}");

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
