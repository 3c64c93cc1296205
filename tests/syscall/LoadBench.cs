using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netdev;
using Netdev.Devices;
using Sim.Live;
using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Kernel;
using Vm.Syscall;

namespace Tests.Syscall;

/// <summary>A kernel that is asked to load: with a map, types and a program to name, and calls made of bytes.</summary>
internal sealed class LoadBench : IDisposable
{
    /// <summary>A number no descriptor has.</summary>
    public const int Closed = 0x3fff_fff0;

    /// <summary>An address nobody may read.</summary>
    public const ulong Unmapped = 0x10;

    /// <summary>Ids in <see cref="Types"/>.</summary>
    public const uint IntId = 1, PrototypeId = 2, MainId = 3, SubId = 4, VoidPrototypeId = 5, VoidFunctionId = 6;

    private static readonly RawInsn s_zero = new(0xb7, 0, 0, 0, 0), s_exit = new(0x95, 0, 0, 0, 0), s_call = new(0x85, 0, 1, 0, 1);

    private readonly IDisposable[] _owned;

    private LoadBench(IBpfCalls calls, Process? process, params IDisposable[] owned)
    {
        (Calls, Process, _owned) = (calls, process, owned);
        Map = Made(MakeMap(0));
        Btf = Made(LoadBtf(Types));
        KernelBtf = Made(Ask(BpfCommand.BtfGetFdById, 12, (0, 1)));
        Prog = Made(Load(_ => { }));
    }

    public IBpfCalls Calls { get; }

    /// <summary>The simulated process; null for the live kernel.</summary>
    public Process? Process { get; }

    public int Map { get; }

    public int Btf { get; }

    public int KernelBtf { get; }

    public int Prog { get; }

    /// <summary>A device that takes no programs of its own: the loopback device of the live kernel.</summary>
    public uint Ifindex { get; private init; } = 1;

    /// <summary>Two instructions that return 0.</summary>
    public static RawInsn[] Plain => [s_zero, s_exit];

    /// <summary>A function that calls another.</summary>
    public static RawInsn[] TwoFunctions => [s_call, s_exit, s_zero, s_exit];

    /// <summary>int, a function that returns one, and a function that returns nothing.</summary>
    public static byte[] Types
    {
        get
        {
            var builder = new BtfBuilder();
            uint number = builder.Int("int", 4, signed: true);
            uint prototype = builder.Prototype(number, []);
            builder.Function("main", prototype, BtfLinkage.Static);
            builder.Function("sub", prototype, BtfLinkage.Static);
            builder.Function("nothing", builder.Prototype(0, []), BtfLinkage.Static);
            return builder.Build("test").Raw.ToArray();
        }
    }

    public static LoadBench Simulated()
    {
        var network = new Network();
        var device = network.AddDevice("eth0");
        var process = network.StartProcess();
        var calls = new SimulatedCalls(network.Syscalls(), process);
        return new LoadBench(calls, process, process, calls, network) { Ifindex = (uint)device.Ifindex };
    }

    public static LoadBench Live()
    {
        var calls = new LiveCalls();
        return new LoadBench(calls, null, calls);
    }

    /// <summary>BPF_PROG_LOAD of <see cref="Plain"/> as a SCHED_CLS program, with changes.</summary>
    /// <returns>A descriptor, or a negative errno.</returns>
    public int Load(Action<LoadCall> change)
    {
        var call = new LoadCall(this);
        change(call);
        return call.Run();
    }

    /// <summary>Asks with words at offsets.</summary>
    public int Ask(BpfCommand command, uint size, params (int Offset, ulong Value)[] words)
    {
        Calls.Memory.Reset();
        return Run(command, size, words);
    }

    /// <summary>The same, behind what is already set aside in the caller's memory.</summary>
    public int Run(BpfCommand command, uint size, params (int Offset, ulong Value)[] words)
    {
        ulong attributes = Calls.Memory.Allocate((int)Math.Max(size, 160));
        var bytes = Calls.Memory.Bytes(attributes, (int)Math.Max(size, 160));
        foreach (var (offset, value) in words)
        {
            if (value > uint.MaxValue) BinaryPrimitives.WriteUInt64LittleEndian(bytes[offset..], value);
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], (uint)value);
        }
        return Calls.Bpf(command, attributes, size);
    }

    public int LoadBtf(byte[] types, params (int Offset, ulong Value)[] more)
    {
        Calls.Memory.Reset();
        return Run(BpfCommand.BtfLoad, 40, [(0, Calls.Memory.Put(types)), (16, (uint)types.Length), .. more]);
    }

    public int MakeMap(uint flags, uint maxEntries = 1) => Ask(BpfCommand.MapCreate, 80, (0, (uint)MapType.Array), (4, 4), (8, 8), (12, maxEntries), (16, flags));

    public void Dispose()
    {
        foreach (var one in _owned) one.Dispose();
    }

    private static int Made(int answer) => answer > 0 ? answer : throw new InvalidOperationException($"The bench cannot be set up: {(Errno)(-answer)}.");

    /// <summary>One BPF_PROG_LOAD.</summary>
    internal sealed class LoadCall
    {
        private readonly byte[] _attributes = new byte[256];
        private readonly LoadBench _bench;

        public LoadCall(LoadBench bench)
        {
            _bench = bench;
            Anew();
        }

        /// <summary>Sets everything aside again, after the bench has been asked something else.</summary>
        public LoadCall Anew()
        {
            _bench.Calls.Memory.Reset();
            return Set(0, (uint)ProgramType.SchedCls).Insns(Plain).Set(16, Put("GPL\0"u8));
        }

        public uint Size { get; set; } = 148;

        /// <summary>Address of the attributes, once they have been handed over.</summary>
        public ulong Address { get; private set; }

        public LoadBench Bench => _bench;

        public ulong Put(ReadOnlySpan<byte> bytes) => _bench.Calls.Memory.Put(bytes);

        public LoadCall Set(int offset, uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_attributes.AsSpan(offset), value);
            return this;
        }

        public LoadCall Set(int offset, ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_attributes.AsSpan(offset), value);
            return this;
        }

        public LoadCall Insns(params RawInsn[] insns) => Set(8, Put(MemoryMarshal.AsBytes<RawInsn>(insns))).Set(4, (uint)insns.Length);

        public LoadCall Name(string name)
        {
            System.Text.Encoding.ASCII.GetBytes(name, _attributes.AsSpan(48));
            return this;
        }

        /// <summary>Function records of a size: words, one record after another.</summary>
        public LoadCall Functions(uint bytes, params uint[] words) => Records(72, 76, 80, 88, bytes, words);

        public LoadCall Lines(uint bytes, params uint[] words) => Records(72, 92, 96, 104, bytes, words);

        public LoadCall Core(uint bytes, params uint[] words) => Records(72, 136, 128, 116, bytes, words);

        public int Run()
        {
            Address = Put(_attributes);
            return _bench.Calls.Bpf(BpfCommand.ProgLoad, Address, Size);
        }

        private LoadCall Records(int btf, int size, int at, int count, uint bytes, uint[] words)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(_attributes.AsSpan(btf)) == 0) Set(btf, (uint)_bench.Btf);
            return Set(size, bytes).Set(at, Put(MemoryMarshal.AsBytes<uint>(words))).Set(count, (uint)(words.Length * 4) / Math.Max(4, bytes));
        }
    }
}
