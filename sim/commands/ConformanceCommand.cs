using System.CommandLine;
using System.Runtime.InteropServices;
using Sim.Conformance;
using Sim.Inputs;
using Sim.Output;
using Vm;
using Vm.Interp;
using Vm.Isa;
using Vm.Jit;
using Vm.Runtime;

namespace Sim.Commands;

/// <summary><c>sim conformance-plugin</c>: speaks the plugin protocol of the bpf_conformance suite.</summary>
/// <remarks>
/// Memory in hexadecimal as the first argument, only when the test has memory; then options. The program in hexadecimal on standard
/// input; R0 in hexadecimal on standard output. Nothing is verified: the vectors are no programs of any type.
/// </remarks>
internal static class ConformanceCommand
{
    public static Command Make()
    {
        var memory = new Argument<string?>("memory") { Description = "Memory R1 points at, in hexadecimal.", Arity = ArgumentArity.ZeroOrOne };
        var jit = new Option<bool>("--jit") { Description = "Run compiled (default)." };
        var interpret = new Option<bool>("--interpret") { Description = "Run interpreted." };
        var command = new Command("conformance-plugin", "Run one vector of the bpf_conformance suite: program in hexadecimal on standard input, R0 on standard output.\n\n"
            + "Example:\n  echo b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00 | sim conformance-plugin --interpret")
        {
            memory, jit, interpret,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(jit) && parsed.GetValue(interpret)) throw new UsageException("--jit and --interpret exclude each other");
            var engine = parsed.GetValue(interpret) ? Engine.Interpreter : Engine.Jit;
            byte[] program = Hex(ReadInput(), "the program on standard input");
            if (program.Length == 0 || program.Length % 8 != 0) throw new UsageException($"the program on standard input has {program.Length} bytes; instructions have 8 each");
            try
            {
                Terminal.Current.Out.WriteLine($"{Run(MemoryMarshal.Cast<byte, RawInsn>(program).ToArray(), Hex(parsed.GetValue(memory) ?? "", "the memory argument"), engine):x}");
                return ExitCodes.Met;
            }
            catch (GuestFaultException fault)
            {
                Terminal.Current.Complain(fault.Message);
                return ExitCodes.Missed;
            }
        });
        return command;
    }

    /// <summary>Runs a vector and returns R0.</summary>
    /// <exception cref="UsageException">There is an instruction nobody knows.</exception>
    public static ulong Run(RawInsn[] slots, byte[] memory, Engine engine)
    {
        var verified = VectorProgram.Trust(slots, memory.Length);
        for (int pc = 1; pc < verified.Insns.Count; pc += verified.Insns[pc].Slots)
        {
            if (verified.Insns[pc].Op == Op.Illegal) throw new UsageException($"instruction {pc - 1} is no instruction of Linux 6.12");
        }
        var program = engine == Engine.Jit ? JitCompiler.Compile(verified, []) : Interpreter.Load(verified, []);
        using var block = new VectorMemory(memory);
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(block);
        x.BeginRun();
        return program.For<VectorContext>().Run(new VectorContext(block), x);
    }

    // A million instructions with a blank after every byte.
    private const int MostCharacters = 3 * 8 * 1_000_000;

    private static string ReadInput()
    {
        var text = new System.Text.StringBuilder();
        char[] chunk = new char[4096];
        while (Terminal.Current.In.Read(chunk) is > 0 and var count)
        {
            text.Append(chunk, 0, count);
            if (text.Length > MostCharacters) throw new UsageException($"the program on standard input has more than {MostCharacters} characters; a program has at most a million instructions");
        }
        return text.ToString();
    }

    private static byte[] Hex(string text, string what)
    {
        string digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit)) throw new UsageException($"{what} must be pairs of hexadecimal digits");
        return Convert.FromHexString(digits);
    }
}
