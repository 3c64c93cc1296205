using System.Buffers.Binary;
using System.Text;
using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Sim.Live;

/// <summary>An object's types, made fit for the kernel and loaded into it.</summary>
/// <remarks>
/// clang describes externs too, and the kernel refuses to hear of them. They are replaced record by record, so that all ids stay.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__sanitize_btf, bpf_object__collect_externs; kernel/bpf/btf.c, btf_func_check_meta,
/// btf_var_check_meta, btf_datasec_check_meta.
/// </remarks>
internal sealed class KernelBtf : IDisposable
{
    private const int HeaderBytes = 24, RecordBytes = 12, LogBytes = 1 << 20;
    private const uint Pointer = 2, Typedef = 8, Function = 12, Prototype = 13;

    private readonly BpfHandle _handle;

    private KernelBtf(BpfHandle handle, uint stubFunctionId)
    {
        _handle = handle;
        StubFunctionId = stubFunctionId;
    }

    /// <summary>Descriptor number.</summary>
    public uint Number => _handle.Number;

    /// <summary>Id of a static <c>void (void)</c> function that was added, for functions we append to programs.</summary>
    public uint StubFunctionId { get; }

    /// <summary>Loads the types of an object.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="complaint">The kernel's last words when it refuses them; else empty.</param>
    /// <param name="into">The kernel; null for the live one.</param>
    /// <returns>Null when the kernel refuses them.</returns>
    /// <remarks>Programs and maps that can do without are then loaded without, as libbpf loads them.</remarks>
    public static KernelBtf? Load(ObjectSpec spec, out string complaint, BpfTarget? into = null)
    {
        var target = into ?? BpfTarget.Live;
        complaint = "";
        var btf = spec.Btf!;
        var hidden = spec.Programs.SelectMany(p => p.Functions.Skip(1)).Where(f => !f.Global && f.TypeId != 0).Select(f => f.TypeId).ToHashSet();
        byte[] bytes = Rewrite(btf, hidden);
        var (errno, descriptor, _) = Load(target, bytes, 0);
        if (errno == Errno.None) return new KernelBtf(new BpfHandle(target, descriptor), btf.Count + 1);
        complaint = $"{Load(target, bytes, LogBytes).LastLine} ({errno})";
        return null;
    }

    private static (Errno Errno, int Descriptor, string LastLine) Load(BpfTarget target, byte[] bytes, int logBytes) => target.Ask(calls =>
    {
        ulong log = logBytes == 0 ? 0 : calls.Memory.Allocate(logBytes);
        var attributes = new BtfLoadAttr
        {
            Btf = calls.Memory.Put(bytes),
            BtfSize = (uint)bytes.Length,
            LogBuffer = log,
            LogSize = (uint)logBytes,
            LogLevel = log == 0 ? 0u : 1,
        };
        var errno = calls.Call(BpfCommand.BtfLoad, attributes, out int descriptor);
        if (errno == Errno.None && log != 0) calls.Close(descriptor);
        return (errno, descriptor, log == 0 ? "" : LastLine(calls.Memory.Bytes(log, logBytes)));
    });

    public void Dispose() => _handle.Dispose();

    /// <summary>The last line of a log that has text.</summary>
    private static string LastLine(ReadOnlySpan<byte> log)
    {
        int end = log.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? log : log[..end]).Split('\n').LastOrDefault(line => line.Trim().Length > 0) ?? "no reason given";
    }

    private static byte[] Rewrite(BtfSpec btf, HashSet<uint> hidden)
    {
        var raw = btf.Raw.Span;
        uint headerBytes = Word(raw, 4), typeStart = headerBytes + Word(raw, 8), stringStart = headerBytes + Word(raw, 16), stringBytes = Word(raw, 20);
        var types = new List<byte>();
        int at = (int)typeStart;
        for (uint id = 1; id < btf.Count; id++)
        {
            int length = RecordBytes + ExtraBytes(raw, at);
            Append(types, btf, btf[id], raw.Slice(at, length), hidden);
            at += length;
        }
        // The added prototype and function; any name will do, so the first function's is borrowed.
        uint name = FirstFunctionName(btf, raw, (int)typeStart);
        Record(types, 0, Prototype << 24, 0);
        Record(types, name, Function << 24, btf.Count);
        byte[] made = new byte[HeaderBytes + types.Count + stringBytes];
        raw[..HeaderBytes].CopyTo(made);
        Put(made, 4, HeaderBytes);
        Put(made, 8, 0);
        Put(made, 12, (uint)types.Count);
        Put(made, 16, (uint)types.Count);
        types.CopyTo(made, HeaderBytes);
        raw.Slice((int)stringStart, (int)stringBytes).CopyTo(made.AsSpan(HeaderBytes + types.Count));
        return made;
    }

    private static void Append(List<byte> types, BtfSpec btf, BtfType type, ReadOnlySpan<byte> record, HashSet<uint> hidden)
    {
        uint name = Word(record, 0);
        switch (type)
        {
            // Sections of externs have no bytes; a pointer to void takes the id.
            case BtfDataSection { Name: ".ksyms" or ".kconfig" } or BtfDataSection { SizeBytes: 0 }:
            case BtfDeclTag tag when tag.ComponentIndex >= 0 && IsExtern(btf[tag.TargetId]):
                Record(types, 0, Pointer << 24, 0);
                break;
            // A name for void keeps decl tags on the extern valid.
            case var outside when IsExtern(outside):
                Record(types, name, Typedef << 24, 0);
                break;
            // Hidden functions are verified with their callers; the object says so by symbol visibility, the kernel wants it in the type.
            case BtfFunction { Linkage: BtfLinkage.Global } function when hidden.Contains(function.Id):
                Record(types, name, Function << 24, function.PrototypeId);
                break;
            default:
                types.AddRange(record);
                break;
        }
    }

    private static bool IsExtern(BtfType type) => type is BtfFunction { Linkage: BtfLinkage.Extern } or BtfVariable { Linkage: BtfLinkage.Extern };

    private static uint FirstFunctionName(BtfSpec btf, ReadOnlySpan<byte> raw, int at)
    {
        for (uint id = 1; id < btf.Count; id++)
        {
            if (btf[id] is BtfFunction) return Word(raw, at);
            at += RecordBytes + ExtraBytes(raw, at);
        }
        return 0;
    }

    // Source: Linux 6.12 include/uapi/linux/btf.h: what follows the twelve bytes of each kind.
    private static int ExtraBytes(ReadOnlySpan<byte> raw, int at)
    {
        uint info = Word(raw, at + 4);
        int count = (int)(info & 0xffff);
        return ((info >> 24) & 0x1f) switch
        {
            1 or 14 or 17 => 4,
            3 => 12,
            4 or 5 or 15 or 19 => count * 12,
            6 or 13 => count * 8,
            _ => 0,
        };
    }

    private static void Record(List<byte> types, uint name, uint info, uint sizeOrType)
    {
        Span<byte> bytes = stackalloc byte[RecordBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, name);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], info);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], sizeOrType);
        types.AddRange(bytes);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Put(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
