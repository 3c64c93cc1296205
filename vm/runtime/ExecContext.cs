using Vm.Memory;

namespace Vm.Runtime;

/// <summary>One simulated CPU: everything a running program may depend on besides its context and its maps.</summary>
/// <remarks>
/// Passed as a hidden argument to every program and helper. Not thread-safe: a simulated CPU runs on one thread at a time.
/// Same fields at entry, same packets, same maps: same result, always. The networking side extends it with redirect state.
/// </remarks>
public class ExecContext : IDisposable
{
    /// <summary>Bytes of guest stack a simulated CPU has: 8 frames of 512 bytes for each of the 34 programs of a tail-call chain.</summary>
    public const int StackBytes = 34 * 8 * 512;

    private readonly NativeBlock _stack = new(StackBytes);

    /// <summary>Makes simulated CPU <paramref name="cpu"/> of <paramref name="cpuCount"/>.</summary>
    /// <param name="cpu">0 to <paramref name="cpuCount"/> - 1.</param>
    /// <param name="cpuCount">1 to 4096.</param>
    /// <param name="random">Where bpf_get_prandom_u32 takes its numbers from; one per CPU.</param>
    /// <param name="readers">Under which it reads what is attached; its own when null.</param>
    public ExecContext(int cpu, int cpuCount, SeededRandom random, Rcu? readers = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cpu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpuCount, 4096);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, cpuCount);
        Cpu = cpu;
        CpuCount = cpuCount;
        Random = random;
        StackHigh = _stack.End;
        Rest();
        Reader = new RcuReader(readers ?? new Rcu(), $"CPU {cpu}");
    }

    /// <summary>Says whether it is at a packet, and which thread drives it. Whoever runs programs on it enters first and leaves last.</summary>
    public RcuReader Reader { get; }

    /// <summary>Number of this simulated CPU.</summary>
    public int Cpu { get; }

    /// <summary>How many CPUs are simulated; per-CPU maps have as many copies.</summary>
    public int CpuCount { get; }

    /// <summary>The random source of this CPU.</summary>
    public SeededRandom Random { get; }

    /// <summary>Virtual monotonic time in nanoseconds (bpf_ktime_get_ns). Set by the run loop, never from a wall clock.</summary>
    public long MonotonicNs;

    /// <summary>Virtual time since the Unix epoch in nanoseconds: the capture's time stamps by default.</summary>
    public long RealtimeNs;

    /// <summary>What the programs that run on it keep here.</summary>
    public RunState Run;

    /// <summary>Test runs made on this CPU: each begins with cgroup storage of its own, all zero. 0 outside test runs.</summary>
    public ulong TestRuns;

    /// <summary>
    /// Loop iterations (bpf_loop, callbacks, may_goto, iterators) still allowed before the run is broken off, so that no program can hang the
    /// simulator. Set by the run loop for each packet.
    /// </summary>
    public long LoopBudget = DefaultLoopBudget;

    /// <summary>Iterations a single run may make: four bpf_loop calls of the greatest length, a tenth of a second of compiled work.</summary>
    public const long DefaultLoopBudget = 1L << 25;

    /// <summary>Where bpf_trace_printk lines go; null drops them.</summary>
    public ITraceSink? Trace;

    /// <summary>Packet access for dynptrs; null when programs of this CPU have no packets.</summary>
    public PacketBytes? Packets;

    /// <summary>Every memory owner of the run: consulted by the checked interpreter and by fault-tolerant reads.</summary>
    public GuestRegions Regions { get; init; } = new();

    /// <summary>The context of the SYSCALL program that is running: plain memory; 0 bytes for other programs.</summary>
    public (ulong Address, int Bytes) RawContext;

    /// <summary>Where callbacks find the keys of array elements.</summary>
    public KeyCells Keys { get; } = new();

    /// <summary>Memory iterators copy into.</summary>
    public WordPool Words { get; } = new();

    /// <summary>Timers that run down on this CPU; due times are on its monotonic clock.</summary>
    public CallQueue Timers { get; } = new();

    /// <summary>Work that waits for this CPU to have time; "due" is the round of <see cref="RunWork"/> it was queued for.</summary>
    public CallQueue Work { get; } = new();

    /// <summary>The round of work that is queued for now: what work starts while it is done belongs to the next one.</summary>
    public long WorkRound { get; private set; }

    /// <summary>The timer or work that is running; null outside their callbacks.</summary>
    public DeferredCall? RunningCall;

    /// <summary>Timers and work that were broken off because they used up the loop budget.</summary>
    public ulong BrokenCalls;

    /// <summary>
    /// Runs the timers due at or before a time, each with the clock at the time it is due. The CPU must be between packets. When none is
    /// due this is one comparison. Source: Linux 6.12 kernel/time/hrtimer.c, hrtimer_run_softirq.
    /// </summary>
    /// <param name="monotonicNs">Where the monotonic clock is about to be set.</param>
    public void RunTimers(long monotonicNs)
    {
        if (Timers.NextDueNs > monotonicNs) return;
        BeginRun();
        Timers.RunUntil(this, monotonicNs);
    }

    /// <summary>Does the work that waits, not what that starts anew: it is done the next time. The CPU must be between packets.</summary>
    public void RunWork()
    {
        if (Work.Count != 0) RunWaiting();
    }

    private void RunWaiting()
    {
        BeginRun();
        Work.RunRound(this, WorkRound++);
    }

    /// <summary>The guest stack of this CPU, lowest byte.</summary>
    public ulong StackLow => _stack.Address;

    /// <summary>One past the highest byte of the guest stack; R10 of an outermost program.</summary>
    public ulong StackHigh { get; }

    /// <summary>
    /// Makes the CPU ready for an outermost program: empty stack, no tail calls done, full loop budget. The run loop calls it for each
    /// run; engines put <see cref="RunState.FramePointer"/> back when a program returns, but not when an exception leaves it.
    /// </summary>
    public void BeginRun()
    {
        Rest();
        LoopBudget = DefaultLoopBudget;
    }

    /// <summary>Puts back what programs that were broken off left behind: nothing runs on this CPU now.</summary>
    public void Rest()
    {
        Run = default;
        Run.FramePointer = StackHigh;
    }

    /// <summary>True when all of the bytes are memory the running program may touch so: its stack, its keys, its raw context, or what an owner of <see cref="Regions"/> says.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="access">Load or store.</param>
    /// <param name="stackFrom">Lowest byte of the stack that counts: what is below belongs to frames that are gone.</param>
    public bool Allows(ulong address, int bytes, MemoryAccess access, ulong stackFrom)
    {
        if (address >= stackFrom && address < StackHigh && StackHigh - address >= (ulong)bytes) return true;
        if (bytes <= RawContext.Bytes && address >= RawContext.Address && address - RawContext.Address <= (ulong)(RawContext.Bytes - bytes)) return true;
        return (access == MemoryAccess.Read && Keys.Contains(address, bytes)) || Regions.Allows(address, bytes, access);
    }

    /// <summary>Frees the stack.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a subclass adds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Reader.Dispose();
        _stack.Dispose();
        Words.Dispose();
        Keys.Dispose();
    }
}

/// <summary>Receives what programs print.</summary>
public interface ITraceSink
{
    /// <summary>One formatted line, without a line feed. The span is valid during the call only.</summary>
    void Printk(int cpu, long monotonicNs, ReadOnlySpan<byte> text);
}
