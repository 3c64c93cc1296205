using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Sim.Live;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;

namespace Tests.Syscall;

/// <summary>BPF_OBJ_GET_INFO_BY_FD of programs and BTFs: here, and on the running kernel the same.</summary>
public sealed class ProgInfoTests
{
    private const int InfoBytes = 232;
    private const byte Wide = 0x18;

    public static TheoryData<bool> Kernels => [false, true];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Info_SaysWhatWasLoaded(bool live)
    {
        using var bench = Bench(live);
        int fd = LoadAll(bench);
        byte[] info = Info(bench, fd, _ => { });
        Assert.Equal((uint)ProgramType.SchedCls, Word(info, 0));
        Assert.NotEqual(0u, Word(info, 4));
        Assert.Equal(1u, Word(info, 52));
        Assert.Equal("two_of_them", System.Text.Encoding.ASCII.GetString(info.AsSpan(64, 16)).TrimEnd('\0'));
        Assert.Equal(1u, Word(info, 84));
        Assert.Equal(2u, Word(info, 104));
        Assert.Equal(2u, Word(info, 108));
        Assert.Equal(8u, Word(info, 132));
        Assert.Equal(2u, Word(info, 144));
        Assert.Equal(2u, Word(info, 148));
        Assert.Equal(16u, Word(info, 172));
        Assert.Equal(8u, Word(info, 176));
        Assert.Equal(2u, Word(info, 180));
        Assert.Equal(IdOf(bench, bench.Btf, 12), Word(info, 128));
        Assert.Equal(5u, Word(info, 216));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Info_CopiesArraysAsFarAsThereIsRoom(bool live)
    {
        using var bench = Bench(live);
        int fd = LoadAll(bench);
        ulong maps = 0, functions = 0, lines = 0;
        byte[] info = Info(bench, fd, bytes =>
        {
            (maps, functions, lines) = (bench.Calls.Memory.Allocate(8), bench.Calls.Memory.Allocate(16), bench.Calls.Memory.Allocate(16));
            Put(bytes, 52, 2);
            Put(bytes, 56, maps);
            Put(bytes, 132, 8);
            Put(bytes, 136, functions);
            Put(bytes, 144, 2);
            Put(bytes, 148, 1);
            Put(bytes, 152, lines);
            Put(bytes, 172, 16);
        });
        Assert.Equal([IdOf(bench, bench.Map, 4, again: maps), 0u], MemoryMarshal.Cast<byte, uint>(bench.Calls.Memory.Bytes(maps, 8)));
        Assert.Equal([0u, LoadBench.MainId, 4u, LoadBench.SubId], MemoryMarshal.Cast<byte, uint>(bench.Calls.Memory.Bytes(functions, 16)));
        Assert.Equal([0u, 1u, 1u, 5u << 10], MemoryMarshal.Cast<byte, uint>(bench.Calls.Memory.Bytes(lines, 16)));
        Assert.Equal(2u, Word(info, 148));
    }

    public static TheoryData<bool, int, ulong, int, ulong, Errno> Refusals
    {
        get
        {
            var rows = new TheoryData<bool, int, ulong, int, ulong, Errno>();
            foreach (bool live in (bool[])[false, true])
            {
                rows.Add(live, 52, 1, 56, 0, Errno.EFAULT);
                rows.Add(live, 144, 1, 132, 0, Errno.EINVAL);
                rows.Add(live, 144, 1, 132, 7, Errno.EINVAL);
                rows.Add(live, 144, 0, 132, 7, Errno.EINVAL);
                rows.Add(live, 144, 1, 132, 8, Errno.EFAULT);
                rows.Add(live, 148, 1, 172, 8, Errno.EINVAL);
                rows.Add(live, 148, 1, 172, 16, Errno.EFAULT);
                rows.Add(live, 168, 1, 176, 4, Errno.EINVAL);
                rows.Add(live, 20, 8, 32, 0, Errno.EFAULT);
                rows.Add(live, 180, 1, 184, 0, Errno.EFAULT);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Info_RefusesWhatTheKernelRefuses(bool live, int first, ulong one, int second, ulong other, Errno answer)
    {
        using var bench = Bench(live);
        int fd = LoadAll(bench);
        Assert.Equal(-(int)answer, Ask(bench, fd, InfoBytes, InfoBytes, bytes =>
        {
            Put(bytes, first, (uint)one);
            Put(bytes, second, (uint)other);
        }, out _));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Info_TakesAnyLength(bool live)
    {
        using var bench = Bench(live);
        foreach (var (given, answer, length) in ((int Given, Errno Answer, uint Length)[])[(0, Errno.None, 0), (8, Errno.None, 8), (228, Errno.None, 228), (232, Errno.None, 232), (300, Errno.None, 232), (4097, Errno.E2BIG, 4097)])
        {
            Assert.Equal(-(int)answer, Ask(bench, bench.Prog, given, 5000, _ => { }, out uint written));
            Assert.Equal(length, written);
        }
        Assert.Equal(-(int)Errno.E2BIG, Ask(bench, bench.Prog, 300, 300, bytes => bytes[299] = 1, out _));
        Assert.Equal(-(int)Errno.E2BIG, Ask(bench, bench.Prog, 232, 232, bytes => bytes[229] = 1, out _));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ABoundMap_IsOneOfTheProgramsAndLivesAsLong(bool live)
    {
        using var bench = Bench(live);
        int map = bench.MakeMap(0);
        uint id = IdOf(bench, map, 4);
        for (int i = 0; i < 2; i++) Assert.Equal(0, bench.Ask(BpfCommand.ProgBindMap, 12, (0, (uint)bench.Prog), (4, (uint)map)));
        Assert.Equal(1u, Word(Info(bench, bench.Prog, _ => { }), 52));
        Assert.Equal(Errno.None, bench.Calls.Close(map));
        Assert.True(bench.Ask(BpfCommand.MapGetFdById, 12, (0, id)) > 0);
    }

    [Fact]
    public void Xlated_ShowsMapsByIdAndNoAddresses()
    {
        using var bench = LoadBench.Simulated();
        int fd = LoadAll(bench);
        ulong at = 0;
        byte[] info = Info(bench, fd, bytes =>
        {
            at = bench.Calls.Memory.Allocate(64);
            Put(bytes, 20, 64);
            Put(bytes, 32, at);
        });
        Assert.Equal(48u, Word(info, 20));
        var insns = MemoryMarshal.Cast<byte, RawInsn>(bench.Calls.Memory.Bytes(at, 48)).ToArray();
        Assert.Equal(new RawInsn(Wide, 1, 2, 0, (int)IdOf(bench, bench.Map, 4)), insns[0]);
        Assert.Equal(new RawInsn(0, 0, 0, 0, 4), insns[1]);
        Assert.Equal(new RawInsn(0x85, 0, 1, 1, 0), insns[2]);
    }

    [Fact]
    public void WithoutCapBpf_LengthsAreZero()
    {
        using var bench = LoadBench.Simulated();
        int fd = LoadAll(bench);
        bench.Process!.Capabilities = Capabilities.None;
        byte[] info = Info(bench, fd, bytes => Put(bytes, 180, 77));
        foreach (int field in (int[])[16, 20, 104, 108, 144, 148, 168]) Assert.Equal(0u, Word(info, field));
        Assert.Equal(77u, Word(info, 180));
        Assert.Equal(1u, Word(info, 52));
    }

    [Fact]
    public void TheTag_IsTheSha1OfTheInstructionsWithoutMaps()
    {
        using var bench = LoadBench.Simulated();
        byte[] first = Info(bench, LoadAll(bench), _ => { }), second = Info(bench, LoadAll(bench, bench.MakeMap(0)), _ => { });
        Assert.Equal(first.AsSpan(8, 8), second.AsSpan(8, 8));
        RawInsn[] plain = [new(Wide, 1, 2, 0, 0), default, .. LoadBench.TwoFunctions];
#pragma warning disable CA5350 // The kernel's tag is a SHA-1.
        Assert.Equal(System.Security.Cryptography.SHA1.HashData(MemoryMarshal.AsBytes<RawInsn>(plain)).AsSpan(0, 8), first.AsSpan(8, 8));
#pragma warning restore CA5350
    }

    [Fact]
    public void TheKernelsOwnTypes_AreBtf1AndNameItsFunctions()
    {
        using var bench = LoadBench.Simulated();
        Assert.Equal(0, bench.Ask(BpfCommand.BtfGetNextId, 8));
        var memory = bench.Calls.Memory;
        memory.Reset();
        ulong info = memory.Allocate(32), name = memory.Allocate(16);
        int room = 600_000;
        ulong data = memory.Allocate(room);
        Put(memory.Bytes(info, 32), 0, data);
        Put(memory.Bytes(info, 32), 8, (uint)room);
        Put(memory.Bytes(info, 32), 16, name);
        Put(memory.Bytes(info, 32), 24, 16);
        Assert.Equal(0, bench.Run(BpfCommand.ObjGetInfoByFd, 16, (0, (uint)bench.KernelBtf), (4, 32), (8, info)));
        Assert.Equal(1u, Word(memory.Bytes(info, 32), 12));
        Assert.Equal(1u, Word(memory.Bytes(info, 32), 28));
        Assert.Equal("vmlinux", System.Text.Encoding.ASCII.GetString(memory.Bytes(name, 7)));
        int size = (int)Word(memory.Bytes(info, 32), 8);
        Assert.InRange(size, 1, room);
        var types = BtfReader.Read(memory.Bytes(data, size), "vmlinux");
        Assert.True(types.TryFind<BtfFunction>("bpf_dynptr_from_skb", out _));
        Assert.True(types.TryFind<BtfComposite>("__sk_buff", out _));
    }

    private static LoadBench Bench(bool live)
    {
        if (live && KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        return live ? LoadBench.Live() : LoadBench.Simulated();
    }

    private static int LoadAll(LoadBench bench, int? map = null)
    {
        int fd = bench.Load(call => call.Name("two_of_them").Insns([new(Wide, 1, 2, 0, map ?? bench.Map), new(0, 0, 0, 0, 4), .. LoadBench.TwoFunctions])
            .Functions(8, 0, LoadBench.MainId, 4, LoadBench.SubId).Lines(16, 0, 1, 1, 5 << 10, 4, 1, 1, 6 << 10));
        Assert.True(fd > 0, ((Errno)(-fd)).ToString());
        return fd;
    }

    private delegate void Change(Span<byte> info);

    private static byte[] Info(LoadBench bench, int fd, Change change)
    {
        bench.Calls.Memory.Reset();
        ulong at = bench.Calls.Memory.Allocate(InfoBytes);
        change(bench.Calls.Memory.Bytes(at, InfoBytes));
        Assert.Equal(0, bench.Run(BpfCommand.ObjGetInfoByFd, 16, (0, (uint)fd), (4, InfoBytes), (8, at)));
        return bench.Calls.Memory.Bytes(at, InfoBytes).ToArray();
    }

    private static int Ask(LoadBench bench, int fd, int length, int room, Change change, out uint written)
    {
        var memory = bench.Calls.Memory;
        memory.Reset();
        ulong at = memory.Allocate(room), attributes = memory.Allocate(16);
        change(memory.Bytes(at, room));
        var bytes = memory.Bytes(attributes, 16);
        Put(bytes, 0, (uint)fd);
        Put(bytes, 4, (uint)length);
        Put(bytes, 8, at);
        int answer = bench.Calls.Bpf(BpfCommand.ObjGetInfoByFd, attributes, 16);
        written = Word(bytes, 4);
        return answer;
    }

    // Ids lie at the start of infos but for BTFs; what was set aside before stays.
    private static uint IdOf(LoadBench bench, int fd, int offset, ulong again = 0)
    {
        if (again == 0) bench.Calls.Memory.Reset();
        ulong at = bench.Calls.Memory.Allocate(32);
        Assert.Equal(0, bench.Run(BpfCommand.ObjGetInfoByFd, 16, (0, (uint)fd), (4, 32), (8, at)));
        return Word(bench.Calls.Memory.Bytes(at, 32), offset);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    private static void Put(Span<byte> bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], value);
}
