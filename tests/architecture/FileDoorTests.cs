using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Tests.Architecture;

/// <summary>Reads the built assemblies: files are read through <c>InputFile</c> (bounded, regular) or as streams by those listed here, and written through <c>OutputFile</c> (whole or not at all).</summary>
public class FileDoorTests
{
    private static readonly string[] s_doors = ["System.IO.File::Read", "System.IO.File::Open", "System.IO.File::Create", "System.IO.File::Write", "System.IO.File::Append", "System.IO.File::Copy", "System.IO.File::Move", "System.IO.FileStream::.ctor"];

    // Who opens files, and why it may.
    private static readonly Dictionary<string, string> s_allowed = new()
    {
        ["Vm.Abi.InputFile"] = "the door for what is read whole",
        ["Sim.Output.OutputFile"] = "the door for what is written",
        ["Netdev.Pcap.CaptureSource"] = "captures are streamed; it looks at the kind of file first",
        ["Sim.Inputs.HexPackets"] = "read line by line, each of bounded length; it looks at the kind of file first",
        ["Sim.Live.KernelTarget"] = "the running kernel's own files under /proc and /sys",
        ["Sim.Live.Net.NetworkNamespace"] = "settings of a network namespace under /proc",
    };

    public static TheoryData<Type> Assemblies => [typeof(Vm.BpfObject), typeof(Netdev.Devices.Network), typeof(global::Sim.Output.Terminal)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Files_AreOpenedByTheDoorsOnly(Type of)
    {
        using var module = ModuleDefinition.ReadModule(of.Assembly.Location);
        var strangers =
            from type in module.GetTypes()
            from method in type.Methods
            where method.HasBody
            from instruction in method.Body.Instructions
            where instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj
            let used = (MethodReference)instruction.Operand
            let name = $"{used.DeclaringType.FullName}::{used.Name}"
            where s_doors.Any(door => name.StartsWith(door, StringComparison.Ordinal)) || (name == "System.IO.StreamReader::.ctor" && used.Parameters[0].ParameterType.FullName == "System.String")
            where !s_allowed.ContainsKey(Outermost(type).FullName)
            select $"{type.FullName} uses {name}";
        Assert.Empty(strangers.Distinct());
    }

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
