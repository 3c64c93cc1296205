using System.CommandLine;
using Sim.Inputs;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Commands;

/// <summary>The options of <see cref="ObjectSettings"/>.</summary>
internal sealed class ObjectOptions
{
    private readonly Option<ProgramType> _type = new("--type")
    {
        Description = "Type of programs in sections libbpf does not know: sched_cls, xdp, …",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (KernelTypeNames.TryParse(text, out var type)) return type;
            result.AddError($"there is no program type '{text}'; {Spelling.Hint(text, KernelTypeNames.ProgramTypes)}");
            return default;
        },
    };

    private readonly Option<string[]> _set = new("--set") { Description = "A global variable, set before loading: NAME=VALUE, values as in scenarios: 80, eth0, 10.0.0.1, '[1, 2]', '{ port: 80 }'; repeatable." };

    private readonly Option<string?> _btf = new("--btf") { Description = "Kernel types to relocate against: a BTF file or a vmlinux. Default: built in." };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_type);
        command.Options.Add(_set);
        command.Options.Add(_btf);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="UsageException">A variable without value, with two, or with one that is not YAML.</exception>
    public ObjectSettings Read(ParseResult parsed)
    {
        var globals = new List<KeyValuePair<string, WrittenValue>>();
        foreach (string text in parsed.GetValue(_set) ?? [])
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new UsageException($"--set takes NAME=VALUE, not '{text}'");
            string name = text[..equals].Trim();
            if (globals.Any(global => global.Key == name)) throw new UsageException($"--set gives '{name}' two values");
            globals.Add(new(name, Value(name, text[(equals + 1)..])));
        }
        return new ObjectSettings(parsed.GetValue(_type), globals, parsed.GetValue(_btf));
    }

    private static WrittenValue Value(string name, string text)
    {
        if (text.Trim().Length == 0) return new WrittenScalar("");
        try
        {
            return YamlTree.Parse(text, "--set");
        }
        catch (ScenarioFormatException wrong)
        {
            throw new UsageException($"--set {name}: {wrong.What}");
        }
    }
}
