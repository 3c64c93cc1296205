using Netdev.Programs;
using Tests.Objects;
using Vm;
using Vm.Maps;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Jit;

/// <summary>A committed object loaded for one engine, and a simulated CPU to call its programs on; they must not look at their context.</summary>
internal sealed class ProgramRun : IDisposable
{
    public ProgramRun(string objectName, Engine engine, long objectBytes = Vm.Allocations.AllocationHeap.DefaultBytes)
        : this(TestObjects.Read(objectName), engine, objectBytes)
    {
    }

    public ProgramRun(ObjectSpec spec, Engine engine, long objectBytes)
    {
        Object = new BpfObject(spec, new LoadOptions
        {
            Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
            Engine = engine,
            ObjectBytes = objectBytes,
        });
        Cpu.Regions.Add(Object.Options.Kernel.Memory);
    }

    public static TheoryData<Engine> Engines => [Engine.Jit, Engine.Interpreter];

    public BpfObject Object { get; }

    public ExecContext Cpu { get; } = new(0, 1, new SeededRandom(1));

    /// <summary>Where the stack was before the last call: it must be there again afterwards.</summary>
    public ulong FramePointerBefore { get; private set; }

    public ulong Call(string program)
    {
        var compiled = Object.Program(program).Compile();
        Cpu.BeginRun();
        FramePointerBefore = Cpu.Run.FramePointer;
        return compiled.Entry(0, Cpu);
    }

    public ulong Variable(string name)
    {
        var (map, variable) = Find(name);
        var value = new byte[map.Spec.ValueSize];
        map.Lookup(new byte[4], value);
        return variable.SizeBytes == 8 ? BitConverter.ToUInt64(value, (int)variable.Offset) : BitConverter.ToUInt32(value, (int)variable.Offset);
    }

    public void SetVariable(string name, ulong to)
    {
        var (map, variable) = Find(name);
        var value = new byte[map.Spec.ValueSize];
        map.Lookup(new byte[4], value);
        BitConverter.TryWriteBytes(value.AsSpan((int)variable.Offset), to);
        map.Update(new byte[4], value);
    }

    public void Dispose()
    {
        Object.Dispose();
        Cpu.Dispose();
    }

    private (Map Map, GlobalVariable Variable) Find(string name)
    {
        foreach (var map in Object.Maps.Values)
            if (map.Spec.Variables.FirstOrDefault(v => v.Name == name) is { Name: not null } variable) return (map, variable);
        throw new KeyNotFoundException(name);
    }
}
