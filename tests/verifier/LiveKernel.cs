using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Isa;
using Vm.Specs;

namespace Tests.Verifier;

/// <summary>Asks the kernel this runs on to verify a program: bpf(2), BPF_PROG_LOAD. Needs root.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, union bpf_attr.</remarks>
internal static unsafe partial class LiveKernel
{
    private const int SyscallNumber = 321, MapCreate = 0, ProgLoad = 5, MapFreeze = 22, MapUpdate = 2, LogBytes = 1 << 20;
    private static readonly Lazy<BtfSpec> s_types = new(() => TargetBtf.Open("/sys/kernel/btf/vmlinux"));

    /// <summary>True when the kernel accepts; otherwise its errno and log, or why it could not be asked.</summary>
    public static bool TryLoad(LinkedProgram program, out Errno errno, out string log, out string unable)
    {
        (errno, log, unable) = (Errno.None, "", "");
        var insns = (RawInsn[])program.Insns.Clone();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (insns[pc] is { Code: 0x18, Src: 4 }) unable = "function addresses need BTF, which these programs have not";
            if (insns[pc] is not { Code: 0x85, Src: 2 } call || call.Imm >= program.Kfuncs.Count) continue;
            if (!s_types.Value.TryFind<BtfFunction>(program.Kfuncs[call.Imm].Name, out var function)) unable = $"this kernel has no {program.Kfuncs[call.Imm].Name}";
            else insns[pc] = new RawInsn(0x85, 0, 2, 0, (int)function.Id);
        }
        if (unable.Length > 0) return false;
        int[] maps = [.. program.Maps.Select(Create)];
        try
        {
            if (Array.IndexOf(maps, -1) >= 0) unable = "the kernel does not make these maps";
            return unable.Length == 0 && TryLoad(program, insns, maps, out errno, out log);
        }
        finally
        {
            foreach (int map in maps) if (map >= 0) _ = Close(map);
        }
    }

    private static bool TryLoad(LinkedProgram program, RawInsn[] insns, int[] maps, out Errno errno, out string log)
    {
        var text = new byte[LogBytes];
        byte[] license = Encoding.ASCII.GetBytes(program.License + "\0");
        Span<byte> attr = stackalloc byte[128];
        attr.Clear();
        fixed (RawInsn* code = insns)
        fixed (byte* logAt = text, licenseAt = license)
        fixed (int* mapsAt = maps)
        {
            Put(attr, 0, (uint)program.Type);
            Put(attr, 4, (uint)insns.Length);
            Put(attr, 8, (ulong)code);
            Put(attr, 16, (ulong)licenseAt);
            Put(attr, 24, 1u);
            Put(attr, 28, LogBytes);
            Put(attr, 32, (ulong)logAt);
            Put(attr, 44, program.Type == ProgramType.Syscall ? 16u : 0);
            Put(attr, 68, program.Type == ProgramType.SkLookup ? 36u : 0);
            Put(attr, 120, (ulong)mapsAt);
            int fd = Bpf(ProgLoad, attr);
            errno = fd < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
            if (fd >= 0) _ = Close(fd);
        }
        log = Encoding.UTF8.GetString(text.AsSpan(0, text.AsSpan().IndexOf((byte)0)));
        return errno == Errno.None;
    }

    private static int Create(MapSpec map)
    {
        int inner = map.Inner is { } template ? Create(template) : -1;
        Span<byte> attr = stackalloc byte[72];
        attr.Clear();
        Put(attr, 0, (uint)map.Type);
        Put(attr, 4, map.KeySize);
        Put(attr, 8, map.ValueSize);
        Put(attr, 12, map.MaxEntries);
        Put(attr, 16, (uint)map.Flags);
        if (inner >= 0) Put(attr, 20, (uint)inner);
        int fd = Bpf(MapCreate, attr);
        if (inner >= 0) _ = Close(inner);
        if (fd >= 0 && map.Frozen) Freeze(fd, map.Contents!);
        return fd;
    }

    private static void Freeze(int map, byte[] contents)
    {
        uint key = 0;
        Span<byte> attr = stackalloc byte[32];
        attr.Clear();
        fixed (byte* value = contents)
        {
            Put(attr, 0, (uint)map);
            Put(attr, 8, (ulong)&key);
            Put(attr, 16, (ulong)value);
            Assert.Equal(0, Bpf(MapUpdate, attr));
        }
        Assert.Equal(0, Bpf(MapFreeze, attr[..4]));
    }

    private static int Bpf(int command, Span<byte> attr)
    {
        fixed (byte* at = attr) return (int)Syscall(SyscallNumber, command, at, attr.Length);
    }

    private static void Put(Span<byte> attr, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(attr[at..], value);

    private static void Put(Span<byte> attr, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(attr[at..], value);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long command, byte* attr, long bytes);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
