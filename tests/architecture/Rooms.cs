namespace Tests.Architecture;

/// <summary>Every room (folder, namespace) of the three projects and what it may use besides itself: only rooms that stand before it.</summary>
/// <remarks>A room that is not here must not exist, and an arrow that nobody needs must not be here. The folders' READMEs show these tables.</remarks>
internal static class Rooms
{
    // Rooms of the vm.
    private static readonly Dictionary<string, string[]> s_vm = new()
    {
        ["Abi"] = [],
        ["Isa"] = ["Abi"],
        ["Btf"] = ["Abi", "Isa"],
        ["Specs"] = ["Abi", "Isa", "Btf"],
        ["Elf"] = ["Abi", "Isa", "Btf", "Specs"],
        ["Linking"] = ["Abi", "Isa", "Btf", "Specs"],
        ["Cfg"] = ["Isa"],
        ["Memory"] = [],
        ["Allocations"] = ["Memory"],
        ["Runtime"] = ["Abi", "Memory"],
        ["Maps"] = ["Abi", "Btf", "Specs", "Memory", "Allocations", "Runtime"],
        ["Helpers"] = ["Abi", "Specs", "Memory", "Allocations", "Runtime", "Maps"],
        ["Crypto"] = ["Abi", "Memory", "Runtime", "Helpers"],
        ["Programs"] = ["Abi", "Helpers"],
        ["Proofs"] = ["Abi", "Isa", "Specs", "Memory", "Allocations", "Maps", "Helpers", "Programs"],
        ["Verifier.Numbers"] = ["Isa"],
        ["Verifier.States"] = ["Helpers", "Verifier.Numbers"],
        ["Verifier.Paths"] = ["Abi", "Isa", "Specs", "Cfg", "Maps", "Helpers", "Programs", "Proofs", "Verifier.Numbers", "Verifier.States"],
        ["Verifier.Instruments"] = ["Isa", "Helpers", "Verifier.Numbers", "Verifier.States", "Verifier.Paths"],
        ["Verifier.Rules"] = ["Abi", "Isa", "Btf", "Specs", "Cfg", "Maps", "Helpers", "Programs", "Proofs", "Verifier.Numbers", "Verifier.States", "Verifier.Paths"],
        ["Verifier"] = ["Abi", "Isa", "Btf", "Specs", "Cfg", "Maps", "Helpers", "Programs", "Proofs", "Verifier.States", "Verifier.Paths", "Verifier.Rules"],
        ["Kernel"] = ["Abi", "Isa", "Btf", "Specs", "Memory", "Allocations", "Runtime", "Maps"],
        ["Interp"] = ["Abi", "Isa", "Specs", "Memory", "Allocations", "Runtime", "Maps", "Helpers", "Programs", "Proofs"],
        ["Jit"] = ["Abi", "Isa", "Specs", "Memory", "Allocations", "Runtime", "Maps", "Helpers", "Programs", "Proofs"],
        ["Loading"] = ["Abi", "Isa", "Btf", "Specs", "Memory", "Allocations", "Runtime", "Maps", "Helpers", "Programs", "Proofs", "Verifier", "Kernel", "Interp", "Jit"],
        ["Syscall"] = ["Abi", "Isa", "Btf", "Cfg", "Specs", "Memory", "Runtime", "Maps", "Programs", "Proofs", "Verifier", "Kernel", "Loading"],
    };

    // Rooms of netdev, and what they may use of the vm as well.
    private static readonly Dictionary<string, string[]> s_netdev = new()
    {
        ["Wire"] = [],
        ["Pcap"] = ["Wire", "Vm.Abi"],
        ["Skbs"] = ["Wire", "Vm.Abi", "Vm.Memory", "Vm.Runtime", "Vm.Helpers"],
        ["Tcx"] = ["Skbs", "Vm.Abi", "Vm.Memory", "Vm.Kernel", "Vm.Runtime"],
        ["Devices"] = ["Wire", "Skbs", "Tcx", "Vm.Abi", "Vm.Memory", "Vm.Kernel", "Vm.Runtime", "Vm.Maps", "Vm.Helpers"],
        ["Helpers"] = ["Wire", "Skbs", "Devices", "Vm.Memory", "Vm.Runtime", "Vm.Maps", "Vm.Helpers"],
        ["Programs"] = ["Skbs", "Devices", "Helpers", "Vm.Abi", "Vm.Helpers", "Vm.Programs", "Vm.Crypto"],
        ["Control"] = ["Tcx", "Devices", "Vm.Abi", "Vm.Memory", "Vm.Kernel", "Vm.Runtime", "Vm.Syscall"],
        ["TestRun"] = ["Wire", "Skbs", "Devices", "Vm.Abi", "Vm.Memory", "Vm.Kernel", "Vm.Runtime", "Vm.Helpers", "Vm.Syscall"],
    };

    // Rooms of sim; netdev and vm are below all of them.
    private static readonly Dictionary<string, string[]> s_sim = new()
    {
        ["Output"] = [],
        ["Dissect"] = [],
        ["Scenarios"] = ["Dissect"],
        ["Inputs"] = ["Output"],
        ["Run"] = ["Output", "Scenarios", "Inputs"],
        ["Scores"] = ["Dissect", "Scenarios", "Run"],
        ["Report"] = ["Output", "Dissect", "Scenarios", "Run", "Scores"],
        ["Live"] = [],
        ["Live.Net"] = ["Live"],
        ["Compare"] = ["Output", "Dissect", "Scenarios", "Inputs", "Run", "Live", "Live.Net"],
        ["Control"] = ["Scenarios", "Live", "Live.Net"],
        ["Fuzz"] = ["Output", "Dissect", "Scenarios", "Live"],
        ["Conformance"] = [],
        ["Bench"] = ["Output", "Inputs", "Live"],
        ["Commands"] = ["Output", "Scenarios", "Inputs", "Run", "Scores", "Report", "Live", "Live.Net", "Compare", "Control", "Fuzz", "Conformance", "Bench"],
    };

    /// <summary>The tables by project.</summary>
    public static IReadOnlyDictionary<string, Dictionary<string, string[]>> Of { get; } = new Dictionary<string, Dictionary<string, string[]>> { ["Vm"] = s_vm, ["Netdev"] = s_netdev, ["Sim"] = s_sim };
}
