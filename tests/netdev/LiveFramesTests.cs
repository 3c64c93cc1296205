using Netdev;
using Netdev.Devices;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;
using Vm.Syscall;

namespace Tests.NetDev;

/// <summary>Frames of a live test run go where the program sends them. Source: Linux 6.12 Documentation/bpf/bpf_prog_run.rst.</summary>
public sealed class LiveFramesTests : IDisposable
{
    private const uint Live = 2;

    private readonly Bed _bed = new();
    private readonly SimulatedCalls _calls;

    public LiveFramesTests() => _calls = new SimulatedCalls(_bed.Network.Syscalls(), _bed.Network.StartProcess());

    public void Dispose()
    {
        _calls.Process.Dispose();
        _calls.Dispose();
        _bed.Dispose();
    }

    [Theory]
    [InlineData(0, PacketEnd.Dropped)]
    [InlineData(1, PacketEnd.Dropped)]
    [InlineData(2, PacketEnd.Delivered)]
    [InlineData(3, PacketEnd.Transmitted)]
    [InlineData(4, PacketEnd.Dropped)]
    [InlineData(9, PacketEnd.Dropped)]
    public void TheVerdict_IsDone_ForEveryFrame(int verdict, PacketEnd end)
    {
        Assert.Equal(0, Run(Bed.Xdp("live", (_, _) => verdict), frames: 150, batch: 64));
        Assert.Equal(150, _bed.Outcomes.Count);
        Assert.All(_bed.Outcomes, outcome => Assert.Equal((_bed.Eth0, end), (outcome.Device, outcome.End)));
    }

    [Fact]
    public void ABatch_RunsWhole_BeforeItsFramesGoUp()
    {
        _bed.Eth0.Ingress.Attach(Bed.Tc("tc", 0));
        Assert.Equal(0, Run(Bed.Xdp("live", (_, _) => 2), frames: 3, batch: 2));
        string xdp = $"{_bed.Eth0}/{HookPoint.Xdp} live=2", tc = $"{_bed.Eth0}/{HookPoint.Ingress} tc=0";
        Assert.Equal([xdp, xdp, tc, tc, xdp, tc], _bed.Crossings);
    }

    [Fact]
    public void EachFrame_IsAsGiven()
    {
        var frame = Bed.Udp();
        Assert.Equal(0, Run(Bed.Xdp("live", (_, xdp) =>
        {
            xdp.Bytes[20]++;
            return 2;
        }), frames: 4, batch: 2));
        Assert.All(_bed.Frames, got => Assert.Equal((byte)(frame[20] + 1), got[20]));
        Assert.Equal(4, _bed.Frames.Count);
    }

    private int Run(ExecutableProgram program, uint frames, uint batch)
    {
        var prog = new BpfProg(program);
        _bed.Network.Kernel.Adopt(prog);
        int fd = _calls.Process.Files.Open(prog);
        _calls.Memory.Reset();
        var frame = Bed.Udp();
        ulong attributes = _calls.Memory.Allocate(76), context = _calls.Memory.Allocate(24), data = _calls.Memory.Put(frame);
        _calls.Memory.Ref<uint>(context + 4) = (uint)frame.Length;
        _calls.Memory.Ref<uint>(context + 12) = (uint)_bed.Eth0.Ifindex;
        _calls.Memory.Ref<int>(attributes) = fd;
        _calls.Memory.Ref<uint>(attributes + 8) = (uint)frame.Length;
        _calls.Memory.Ref<ulong>(attributes + 16) = data;
        _calls.Memory.Ref<uint>(attributes + 32) = frames;
        _calls.Memory.Ref<uint>(attributes + 40) = 24;
        _calls.Memory.Ref<ulong>(attributes + 48) = context;
        _calls.Memory.Ref<uint>(attributes + 64) = Live;
        _calls.Memory.Ref<uint>(attributes + 72) = batch;
        return _calls.Bpf(BpfCommand.ProgTestRun, attributes, 76);
    }
}
