using System.Buffers.Binary;
using System.Text;
using Sim.Live;
using Vm.Abi;
using Vm.Isa;

namespace Tests.Syscall;

/// <summary>What of the verifier's log comes back, and what is said of the rest: here and from the running kernel by the same rules.</summary>
public sealed class LoadLogTests
{
    private const int TrueSize = 140, Whole = 4096;
    private const uint Fixed = 8;

    public static TheoryData<bool> Kernels => [false, true];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void TheTrueSize_IsThatOfTheWholeLogWithItsNul(bool live)
    {
        using var bench = Bench(live);
        var (errno, log, size) = Load(bench, 1, Whole);
        Assert.Equal(Errno.EACCES, errno);
        Assert.Equal(log.IndexOf('\0') + 1, (int)size);
        Assert.Contains("R0 !read_ok", log, StringComparison.Ordinal);
        Assert.Equal((Errno.EACCES, size), Without(Load(bench, 1, 0)));
        Assert.Equal((Errno.EACCES, 0u), Without(Load(bench, 0, 0)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ABufferOfJustTheTrueSize_HoldsAll_AndOneLessDoesNot(bool live)
    {
        using var bench = Bench(live);
        var (_, whole, size) = Load(bench, 1, Whole);
        Assert.Equal((Errno.EACCES, whole[..(int)size], size), Load(bench, 1, (int)size));
        Assert.Equal((Errno.ENOSPC, size), Without(Load(bench, 1, (int)size - 1)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AShortBuffer_HoldsTheEnd_AndWithLevel8TheBeginning(bool live)
    {
        using var bench = Bench(live);
        var (_, whole, size) = Load(bench, 1, Whole);
        string text = whole[..((int)size - 1)];
        Assert.Equal((Errno.ENOSPC, text[^19..] + '\0', size), Load(bench, 1, 20));
        Assert.Equal((Errno.ENOSPC, text[..19] + '\0', size), Load(bench, 1 | Fixed, 20));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AShortCall_GetsNoTrueSize(bool live)
    {
        using var bench = Bench(live);
        Assert.Equal((Errno.EACCES, 0u), Without(Load(bench, 1, Whole, call => call.Size = 140)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AnAcceptedProgram_SaysHowMuchWasWalked(bool live)
    {
        using var bench = Bench(live);
        var (errno, log, _) = Load(bench, 1, Whole, call => call.Insns(LoadBench.Plain));
        Assert.Equal(Errno.None, errno);
        Assert.Contains("processed 2 insns (limit 1000000)", log, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNotSimulated_SaysSoInTheLog()
    {
        using var bench = LoadBench.Simulated();
        // bpf_skb_get_xfrm_state
        var (errno, log, _) = Load(bench, 1, Whole, call => call.Insns([.. Enumerable.Range(1, 5).Select(register => new RawInsn(0xb7, register, 0, 0, 0)), new RawInsn(0x85, 0, 0, 0, 66), .. LoadBench.Plain]));
        Assert.Equal(Errno.EINVAL, errno);
        Assert.EndsWith("is not simulated", log.TrimEnd('\0', '\n'), StringComparison.Ordinal);
        Assert.Contains("\nnot simulated: ", log, StringComparison.Ordinal);
    }

    private static LoadBench Bench(bool live)
    {
        if (live && KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        return live ? LoadBench.Live() : LoadBench.Simulated();
    }

    private static (Errno, uint) Without((Errno Errno, string Log, uint Size) answer) => (answer.Errno, answer.Size);

    // One instruction: R0 has not been set.
    private static (Errno Errno, string Log, uint Size) Load(LoadBench bench, uint level, int room, Action<LoadBench.LoadCall>? change = null)
    {
        ulong log = 0;
        LoadBench.LoadCall? asked = null;
        int answer = bench.Load(call =>
        {
            asked = call;
            call.Insns(LoadBench.Plain[1]).Set(24, level);
            change?.Invoke(call);
            if (room == 0) return;
            log = call.Put(new byte[room]);
            call.Set(28, (uint)room).Set(32, log);
        });
        var memory = bench.Calls.Memory;
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(memory.Bytes(asked!.Address + TrueSize, 4));
        return (answer < 0 ? (Errno)(-answer) : Errno.None, room == 0 ? "" : Encoding.ASCII.GetString(memory.Bytes(log, room)), size);
    }
}
