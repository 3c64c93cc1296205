using Mono.Cecil;

namespace Tests.Architecture;

/// <summary>Reads the built assemblies: rooms use only the rooms they may, and nothing depends on wall time or chance.</summary>
public class DependencyArrowTests
{
    private static readonly string[] s_banned =
    [
        "System.DateTime::get_Now", "System.DateTime::get_UtcNow", "System.DateTimeOffset::get_Now", "System.DateTimeOffset::get_UtcNow", "System.Random::get_Shared", "System.Random::.ctor",
        "System.Diagnostics.Stopwatch::", "System.Environment::get_TickCount", "System.Environment::get_TickCount64", "System.TimeProvider::get_System", "System.Guid::NewGuid",
        "System.Security.Cryptography.RandomNumberGenerator::",
    ];

    private static readonly ModuleDefinition s_vmModule = ModuleDefinition.ReadModule(typeof(Vm.BpfObject).Assembly.Location);
    private static readonly ModuleDefinition s_netdevModule = ModuleDefinition.ReadModule(typeof(Netdev.Devices.Network).Assembly.Location);
    private static readonly ModuleDefinition s_simModule = ModuleDefinition.ReadModule(typeof(global::Sim.Run.Testbed).Assembly.Location);

    private static readonly Dictionary<string, ModuleDefinition> s_modules = new() { ["Vm"] = s_vmModule, ["Netdev"] = s_netdevModule, ["Sim"] = s_simModule };

    /// <summary>Project and room, as namespaces.</summary>
    public static TheoryData<string, string> AllRooms => [.. Rooms.Of.SelectMany(project => project.Value.Keys.Select(room => (project.Key, room)))];

    [Theory]
    [MemberData(nameof(AllRooms))]
    public void Room_UsesOnlyItsNeighbours(string project, string room)
    {
        string[] mayUse = Rooms.Of[project][room];
        string[] strangers = [.. Uses(s_modules[project], project).Where(use => use.From == room && !mayUse.Contains(use.To)).Select(use => $"{use.Type} uses {use.Used}").Distinct()];
        Assert.True(strangers.Length == 0, string.Join('\n', strangers));
    }

    [Fact]
    public void EveryRoom_IsInTheTable()
    {
        foreach (var (project, arrows) in Rooms.Of)
            Assert.Equal(arrows.Keys.Order(StringComparer.Ordinal), s_modules[project].Types.Select(type => RoomOf(type, project)).OfType<string>().Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Table_AllowsNothingThatNobodyUses()
    {
        foreach (var (project, arrows) in Rooms.Of)
        {
            var used = Uses(s_modules[project], project).Select(use => (use.From, use.To)).ToHashSet();
            Assert.Empty(arrows.SelectMany(row => row.Value.Where(to => !used.Contains((row.Key, to))).Select(to => $"{project}: {row.Key} -> {to}")));
        }
    }

    [Fact]
    public void Table_HasNoCycle()
    {
        foreach (var (project, arrows) in Rooms.Of)
        {
            // A room uses only rooms that stand before it; then no way leads back.
            string[] order = [.. arrows.Keys];
            Assert.Empty(arrows.SelectMany(row => row.Value.Where(to => Array.IndexOf(order, to) >= Array.IndexOf(order, row.Key)).Select(to => $"{project}: {row.Key} -> {to}")));
        }
    }

    [Fact]
    public void Projects_PointOneWay()
    {
        Assert.DoesNotContain(s_vmModule.AssemblyReferences, r => r.Name is "Netdev" or "sim");
        Assert.DoesNotContain(s_netdevModule.AssemblyReferences, r => r.Name is "sim");
    }

    [Fact]
    public void VmAndNetdev_NeverAskForTimeOrChance()
    {
        foreach (var module in (ModuleDefinition[])[s_vmModule, s_netdevModule])
        {
            var calls = Calls(module).Select(call => (call.In, Callee: $"{call.Callee.DeclaringType.GetElementType().FullName}::{call.Callee.Name}")).ToArray();
            Assert.NotEmpty(calls);
            Assert.Empty(calls.Where(call => s_banned.Any(banned => call.Callee == banned || (banned.EndsWith(':') && call.Callee.StartsWith(banned, StringComparison.Ordinal)))).Select(call => $"{call.In} calls {call.Callee}"));
        }
    }

    [Fact]
    public void VerifiedProgram_IsMadeByTheVerifierAndTheUnsafeDoorOnly()
    {
        var makers = Calls(s_vmModule).Where(call => call.Callee.DeclaringType.Name == "VerifiedProgram" && call.Callee.Name == ".ctor").Select(call => Outermost(call.In.DeclaringType)).Select(type => (type.Namespace, type.Name)).Distinct().ToArray();
        Assert.NotEmpty(makers);
        Assert.All(makers, maker => Assert.True(maker.Namespace == "Vm.Verifier" || maker == ("Vm.Proofs", "UnsafeDoor"), $"{maker} makes a VerifiedProgram"));
    }

    [Fact]
    public void UnsafeDoor_IsOpenedByTheConformancePluginOnly()
    {
        var callers = Calls(s_vmModule).Concat(Calls(s_netdevModule)).Concat(Calls(s_simModule))
            .Where(call => call.Callee.DeclaringType.Name == "UnsafeDoor").Select(call => Outermost(call.In.DeclaringType).FullName).Distinct();
        Assert.Equal(["Sim.Conformance.VectorProgram"], callers);
    }

    // From one room to another.
    private static IEnumerable<(string From, string To, string Type, string Used)> Uses(ModuleDefinition module, string root)
    {
        foreach (var type in module.GetTypes())
        {
            if (RoomOf(type, root) is not { } from) continue;
            foreach (var used in Mentioned(type).SelectMany(Parts).Select(Outermost))
            {
                // Netdev's table tells of rooms of the vm as well.
                string? to = RoomOf(used, root) ?? (root == "Netdev" && used.Namespace.StartsWith("Vm", StringComparison.Ordinal) ? used.Namespace : null);
                if (to is not null && to != from) yield return (from, to, type.FullName, used.FullName);
            }
        }
    }

    private static string? RoomOf(TypeReference type, string root)
    {
        string space = Outermost(type).Namespace;
        return space.StartsWith(root + ".", StringComparison.Ordinal) ? space[(root.Length + 1)..] : null;
    }

    // A nested type's own namespace is empty.
    private static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type;
    }

    private static IEnumerable<TypeReference> Mentioned(TypeDefinition type)
    {
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (var use in type.Interfaces) yield return use.InterfaceType;
        foreach (var field in type.Fields) yield return field.FieldType;
        foreach (var attribute in type.CustomAttributes) yield return attribute.AttributeType;
        foreach (var method in type.Methods)
        {
            yield return method.ReturnType;
            foreach (var parameter in method.Parameters) yield return parameter.ParameterType;
            foreach (var attribute in method.CustomAttributes) yield return attribute.AttributeType;
            if (!method.HasBody) continue;
            foreach (var handler in method.Body.ExceptionHandlers) if (handler.CatchType is not null) yield return handler.CatchType;
            foreach (var variable in method.Body.Variables) yield return variable.VariableType;
            foreach (var insn in method.Body.Instructions)
            {
                if (insn.Operand is TypeReference named) yield return named;
                else if (insn.Operand is FieldReference field) yield return field.DeclaringType;
                else if (insn.Operand is MethodReference called)
                {
                    yield return called.DeclaringType;
                    if (called is GenericInstanceMethod generic) foreach (var argument in generic.GenericArguments) yield return argument;
                }
            }
        }
    }

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        TypeSpecification wrapped => Parts(wrapped.ElementType),
        _ => [type],
    };

    private static IEnumerable<(MethodDefinition In, MethodReference Callee)> Calls(ModuleDefinition module) =>
        from type in module.GetTypes()
        from method in type.Methods
        where method.HasBody
        from insn in method.Body.Instructions
        where insn.Operand is MethodReference
        select (method, (MethodReference)insn.Operand);
}
