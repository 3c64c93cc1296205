using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netdev.Devices;
using Vm.Abi;
using Vm.Isa;
using Vm.Kernel;
using Vm.Runtime;
using Vm.Syscall;

namespace Tests.Ownership;

/// <summary>A process that asks for whatever comes: makes, attaches, replaces, links, pins, looks up and closes, with others at the same devices.</summary>
internal sealed class Worker : IDisposable
{
    public const string Pins = "/sys/fs/bpf";

    private const int Kept = 6, MostPins = 6;
    private const uint Replace = 4, Before = 8, ByLink = 1 << 13;

    private static readonly byte[] s_license = "GPL\0"u8.ToArray();

    private readonly SimulatedCalls _calls;
    private readonly SeededRandom _random;
    private readonly NetDevice _device;
    private readonly int[] _maps = new int[Kept], _classifiers = new int[Kept], _frames = new int[Kept], _links = new int[Kept];

    /// <summary>Starts one.</summary>
    public Worker(BpfSyscalls syscalls, Process process, NetDevice device, ulong seed)
    {
        _calls = new SimulatedCalls(syscalls, process);
        _random = new SeededRandom(seed);
        _device = device;
    }

    /// <summary>Calls that succeeded.</summary>
    public long Done { get; private set; }

    /// <summary>Calls made.</summary>
    public long Asked { get; private set; }

    /// <summary>One call.</summary>
    public void Step()
    {
        switch (Below(40))
        {
            case 0: Keep(_maps, Call(BpfCommand.MapCreate, 80, (0, Once(2) ? 1u : 2u), (4, 4u), (8, 8u), (12, 8u))); break;
            case 1: Keep(_classifiers, Load(ProgramType.SchedCls, verdict: -1)); break;
            case 2: Keep(_frames, Load(ProgramType.Xdp, verdict: 2)); break;
            case 3 or 4 or 5 or 6 or 7 or 8: Call(BpfCommand.ProgAttach, 32, (0, Target), (4, Of(_classifiers)), (8, Hook), (12, Once(3) ? Before : 0)); break;
            case 9 or 10 or 11: Call(BpfCommand.ProgAttach, 32, (0, Target), (4, Of(_classifiers)), (8, Hook), (12, Replace), (16, Of(_classifiers))); break;
            case 12 or 13 or 14 or 15 or 16: Call(BpfCommand.ProgDetach, 32, (0, Target), (4, Once(3) ? 0 : Of(_classifiers)), (8, Hook)); break;
            case 17 or 18 or 19: Keep(_links, Call(BpfCommand.LinkCreate, 60, (0, Of(_classifiers)), (4, Target), (8, Hook))); break;
            case 20 or 21: Keep(_links, Call(BpfCommand.LinkCreate, 60, (0, Of(_frames)), (4, Target), (8, (uint)AttachType.Xdp))); break;
            case 22 or 23 or 24: Call(BpfCommand.LinkUpdate, 16, (0, Of(_links)), (4, Of(Once(3) ? _frames : _classifiers))); break;
            case 25: Call(BpfCommand.LinkDetach, 4, (0, Of(_links))); break;
            case 26: Close(Once(2) ? _links : Once(2) ? _classifiers : Once(2) ? _frames : _maps); break;
            case 27: Pin(); break;
            case 28: Get(); break;
            case 29: Count(_calls.Process.Kernel.Files.Unlink(_calls.Process, Path())); break;
            case 30: OpenById(BpfCommand.MapGetNextId, BpfCommand.MapGetFdById, _maps); break;
            case 31: OpenById(BpfCommand.ProgGetNextId, BpfCommand.ProgGetFdById, null); break;
            case 32: OpenById(BpfCommand.LinkGetNextId, BpfCommand.LinkGetFdById, _links); break;
            case 33: TestRun(); break;
            case 34 or 35: Query(); break;
            case 36: Element(BpfCommand.MapDelete, 16); break;
            case 37: Element(BpfCommand.MapLookup, 32); break;
            default: Element(BpfCommand.MapUpdate, 32); break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Process.Dispose();
        _calls.Dispose();
    }

    private uint Target => (uint)_device.Ifindex;

    private uint Hook => (uint)(Once(3) ? AttachType.TcxEgress : AttachType.TcxIngress);

    private int Below(int bound) => (int)(_random.NextUInt64() % (ulong)bound);

    private bool Once(int inHowMany) => Below(inHowMany) == 0;

    private uint Of(int[] kept) => (uint)kept[Below(Kept)];

    private string Path() => $"{Pins}/p{Below(MostPins)}";

    private void Keep(int[] kept, int made)
    {
        if (made < 0) return;
        ref int place = ref kept[Below(Kept)];
        if (place > 0) Assert.Equal(Errno.None, _calls.Close(place));
        place = made;
    }

    private void Close(int[] kept)
    {
        ref int place = ref kept[Below(Kept)];
        if (place == 0) return;
        Assert.Equal(Errno.None, _calls.Close(place));
        place = 0;
        Asked++;
        Done++;
    }

    private int Call(BpfCommand command, int size, params ReadOnlySpan<(int At, uint Value)> fields)
    {
        _calls.Memory.Reset();
        return CallWith(command, size, fields);
    }

    private int CallWith(BpfCommand command, int size, ReadOnlySpan<(int At, uint Value)> fields, params ReadOnlySpan<(int At, ulong Address)> pointers)
    {
        ulong attributes = _calls.Memory.Allocate(size);
        foreach (var (at, value) in fields) _calls.Memory.Ref<uint>(attributes + (ulong)at) = value;
        foreach (var (at, address) in pointers) _calls.Memory.Ref<ulong>(attributes + (ulong)at) = address;
        LastAttributes = attributes;
        int answer = _calls.Bpf(command, attributes, (uint)size);
        Count(answer < 0 ? (Errno)(-answer) : Errno.None);
        return answer;
    }

    private ulong LastAttributes { get; set; }

    private void Count(Errno errno)
    {
        Asked++;
        if (errno == Errno.None) Done++;
    }

    /// <summary>A program that counts in a map of this process, if it has one.</summary>
    private int Load(ProgramType type, int verdict)
    {
        int map = (int)Of(_maps);
        RawInsn[] slots = map == 0
            ? Assembler.Assemble($"r0 = {verdict}\nexit", "worker")
            :
            [
                .. Assembler.Assemble("r2 = 1\n*(u32 *)(r10 -4) = r2\nr2 = r10\nr2 += -4", "worker"),
                new RawInsn(0x18, 1, 1, 0, map), new RawInsn(0, 0, 0, 0, 0),
                .. Assembler.Assemble($"call 1\nif r0 == 0 goto +2\nr1 = 1\nlock *(u64 *)(r0 +0) += r1\nr0 = {verdict}\nexit", "worker"),
            ];
        _calls.Memory.Reset();
        ulong insns = _calls.Memory.Put(MemoryMarshal.AsBytes<RawInsn>(slots)), license = _calls.Memory.Put(s_license);
        return CallWith(BpfCommand.ProgLoad, 148, [(0, (uint)type), (4, (uint)slots.Length)], (8, insns), (16, license));
    }

    private void Element(BpfCommand command, int size)
    {
        _calls.Memory.Reset();
        ulong key = _calls.Memory.Put((uint)Below(8)), value = _calls.Memory.Put((ulong)Below(100));
        CallWith(command, size, [(0, Of(_maps))], command == BpfCommand.MapDelete ? [(8, key)] : [(8, key), (16, value)]);
    }

    private void Pin()
    {
        _calls.Memory.Reset();
        ulong path = _calls.Memory.Put(System.Text.Encoding.ASCII.GetBytes(Path() + "\0"));
        CallWith(BpfCommand.ObjPin, 16, [(8, Of(Once(2) ? _maps : Once(2) ? _links : _classifiers))], (0, path));
    }

    private void Get()
    {
        _calls.Memory.Reset();
        ulong path = _calls.Memory.Put(System.Text.Encoding.ASCII.GetBytes(Path() + "\0"));
        int made = CallWith(BpfCommand.ObjGet, 16, [], (0, path));
        if (made >= 0) Keep(KindOf(made), made);
    }

    private int[] KindOf(int descriptor)
    {
        var file = _calls.Process.Files.Acquire((uint)descriptor)!;
        int[] kept = file.Target is BpfMap ? _maps : file.Target is BpfLink ? _links : ((BpfProg)file.Target).Code.Type == ProgramType.Xdp ? _frames : _classifiers;
        file.Release();
        return kept;
    }

    private void OpenById(BpfCommand next, BpfCommand open, int[]? kept)
    {
        if (Call(next, 8, (0, (uint)Below(40))) < 0) return;
        int made = Call(open, 4, (0, _calls.Memory.Ref<uint>(LastAttributes + 4)));
        if (made >= 0) Keep(kept ?? KindOf(made), made);
    }

    private void TestRun()
    {
        bool frames = Once(2);
        _calls.Memory.Reset();
        ulong data = _calls.Memory.Put(new byte[64]);
        int answer = CallWith(BpfCommand.ProgTestRun, 76, [(0, Of(frames ? _frames : _classifiers)), (8, 64)], (16, data));
        if (answer == 0) Assert.Equal(frames ? 2u : uint.MaxValue, _calls.Memory.Ref<uint>(LastAttributes + 4));
    }

    /// <summary>What is on a hook: no program and no link twice, and never a place without a program.</summary>
    private void Query()
    {
        const int most = 64;
        _calls.Memory.Reset();
        ulong progs = _calls.Memory.Allocate(4 * most), links = _calls.Memory.Allocate(4 * most);
        if (CallWith(BpfCommand.ProgQuery, 64, [(0, Target), (4, Hook), (24, most)], (16, progs), (40, links)) < 0) return;
        int count = (int)_calls.Memory.Ref<uint>(LastAttributes + 24);
        var seen = Words(progs, count);
        Assert.DoesNotContain(0u, seen);
        Assert.Equal(seen.Length, seen.Distinct().Count());
        uint[] owned = [.. Words(links, count).Where(id => id != 0)];
        Assert.Equal(owned.Length, owned.Distinct().Count());
    }

    private uint[] Words(ulong at, int count) => [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(_calls.Memory.Bytes(at + 4 * (ulong)i, 4)))];
}
