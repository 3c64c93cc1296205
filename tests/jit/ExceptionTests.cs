using Netdev;
using Netdev.Devices;
using Netdev.Programs;
using Tests.Objects;
using Vm;
using Vm.Runtime;

namespace Tests.Jit;

/// <summary>bpf_throw from every depth of tests/objects/exceptions.c, in both engines. The live kernel gives the same numbers.</summary>
public sealed class ExceptionTests
{
    private const ulong Cookie = 0x1_0000_0040;

    public static TheoryData<Engine> EngineKinds => [Engine.Jit, Engine.Interpreter];

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_WithoutCallback_ReturnsTheCookie(Engine engine)
    {
        foreach (int depth in (int[])[1, 2, 3])
        {
            using var run = new Run(engine, depth);
            Assert.Equal(Cookie, run.Call("plain"));
            Assert.Equal(run.FramePointerBefore, run.Cpu.FramePointer);
            // Only functions that had returned before may have left a mark.
            Assert.Equal(depth == 1 ? 3u : 0u, run.Variable("after"));
        }
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_WithCallback_ReturnsWhatItAnswers(Engine engine)
    {
        foreach (int depth in (int[])[1, 2, 3])
        {
            using var run = new Run(engine, depth);
            Assert.Equal(unchecked((uint)(Cookie + 1)), (uint)run.Call("answered"));
            Assert.Equal(Cookie, run.Variable("seen"));
            Assert.Equal(run.FramePointerBefore, run.Cpu.FramePointer);
        }
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void NoThrow_ReturnsAsUsual_AndAgain(Engine engine)
    {
        using var run = new Run(engine, 0);
        Assert.Equal(10u + 3 + 4 + 1, (uint)run.Call("plain"));
        Assert.Equal(20u + 3 + 4 + 1, (uint)run.Call("answered"));
        Assert.Equal(0ul, run.Variable("seen"));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_BehindATailCall_EndsOnlyTheProgramThatThrew(Engine engine)
    {
        using var run = new Run(engine, 3);
        Assert.Equal(unchecked((uint)(Cookie + 1)) + 1000, (uint)run.Call("caller"));
        Assert.False(run.Cpu.Throwing);
    }

    private sealed class Run : IDisposable
    {
        private readonly BpfObject _object;

        public Run(Engine engine, int depth)
        {
            _object = new BpfObject(TestObjects.Read("exceptions.o"), new LoadOptions
            {
                Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
                Engine = engine,
                Regions = Cpu.Regions,
            });
            _object.Set("depth", $"{depth}");
            _object.Set("cookie", $"{Cookie}");
        }

        public ExecContext Cpu { get; } = new(0, 1, new SeededRandom(1));

        public ulong FramePointerBefore { get; private set; }

        public ulong Call(string program)
        {
            var compiled = _object.Program(program).Compile();
            Cpu.BeginRun();
            FramePointerBefore = Cpu.FramePointer;
            return compiled.Entry(0, Cpu);
        }

        public ulong Variable(string name)
        {
            foreach (var map in _object.Maps.Values)
            {
                if (map.Spec.Variables.FirstOrDefault(v => v.Name == name) is not { Name: not null } variable) continue;
                var value = new byte[map.Spec.ValueSize];
                map.Lookup(new byte[4], value);
                return variable.SizeBytes == 8 ? BitConverter.ToUInt64(value, (int)variable.Offset) : BitConverter.ToUInt32(value, (int)variable.Offset);
            }
            throw new KeyNotFoundException(name);
        }

        public void Dispose()
        {
            _object.Dispose();
            Cpu.Dispose();
        }
    }
}
