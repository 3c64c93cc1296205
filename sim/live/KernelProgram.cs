using System.Text;
using Vm.Abi;
using Vm.Loading;
using Vm.Specs;

namespace Sim.Live;

/// <summary>What the kernel's verifier said.</summary>
/// <param name="Errno">None when it took the program.</param>
/// <param name="Log">Its log at level 1 when it refused; else empty.</param>
internal sealed record KernelLoadResult(Errno Errno, string Log)
{
    /// <summary>True when the program was taken.</summary>
    public bool Accepted => Errno == Errno.None;

    /// <summary>The complaint: the last line of the log that is no statistics.</summary>
    public string Message => Log.Split('\n').LastOrDefault(line => line.Trim().Length > 0 && !line.StartsWith("processed ", StringComparison.Ordinal)) ?? "";
}

/// <summary>What a test run in the kernel gave back. The buffers are the bench's and good until its next run.</summary>
/// <param name="Errno">None when the program ran.</param>
/// <param name="Retval">R0, low 32 bits.</param>
/// <param name="DataBytes">Bytes of the packet that came back.</param>
internal readonly record struct KernelRun(Errno Errno, uint Retval, int DataBytes);

/// <summary>A program loaded into the live kernel.</summary>
internal sealed class KernelProgram : IDisposable
{
    private const int LogBytes = 4 << 20, FunctionRecordBytes = DebugRecords.FunctionBytes, LineRecordBytes = DebugRecords.LineBytes;

    private readonly BpfTarget _target;
    private readonly BpfHandle _handle;

    private KernelProgram(BpfTarget target, BpfHandle handle, ProgramType type, string name)
    {
        _target = target;
        _handle = handle;
        Type = type;
        Name = name;
    }

    /// <summary>Program type it was loaded as.</summary>
    public ProgramType Type { get; }

    /// <summary>C function name.</summary>
    public string Name { get; }

    internal uint Number => _handle.Number;

    /// <summary>How often it was run from a hook; counted only while <see cref="Net.KernelStatistics"/> is on.</summary>
    /// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct bpf_prog_info, run_cnt.</remarks>
    internal ulong RunCount()
    {
        const int infoBytes = 208, runCountOffset = 200;
        return _target.Ask(calls =>
        {
            ulong info = calls.Memory.Allocate(infoBytes);
            var errno = calls.Call(BpfCommand.ObjGetInfoByFd, new ObjectInfoAttr { Fd = Number, InfoBytes = infoBytes, Info = info }, out _);
            return errno == Errno.None
                ? BitConverter.ToUInt64(calls.Memory.Bytes(info, infoBytes)[runCountOffset..])
                : throw new KernelRefusedException("kernel", $"program {Name}", $"the kernel does not say how often it ran ({errno})", errno);
        });
    }

    /// <summary>Asks the kernel to load a program.</summary>
    /// <param name="program">What; for names, license and types.</param>
    /// <param name="image">Its placed slots.</param>
    /// <param name="maps">Descriptors of the maps the slots name by index.</param>
    /// <param name="btf">Descriptor of the object's types; 0 for none.</param>
    /// <param name="loaded">The program; null when it was refused.</param>
    /// <param name="wantsLog">False to do without the log, which costs a second try.</param>
    /// <param name="into">The kernel; null for the live one.</param>
    internal static KernelLoadResult Load(LinkedProgram program, ProgramImage image, uint[] maps, uint btf, out KernelProgram? loaded, bool wantsLog = true, BpfTarget? into = null)
    {
        var target = into ?? BpfTarget.Live;
        var (errno, descriptor, _) = Load(target, program, image, maps, btf, 0);
        loaded = errno == Errno.None ? new KernelProgram(target, new BpfHandle(target, descriptor), program.Type, program.Spec.Name) : null;
        if (loaded is not null || !wantsLog) return new KernelLoadResult(errno, "");
        var (again, second, text) = Load(target, program, image, maps, btf, LogBytes);
        if (again == Errno.None) target.Close(second);
        return new KernelLoadResult(errno, text);
    }

    private static (Errno Errno, int Descriptor, string Log) Load(BpfTarget target, LinkedProgram program, ProgramImage image, uint[] maps, uint btf, int logBytes) => target.Ask(calls =>
    {
        var memory = calls.Memory;
        ulong log = logBytes == 0 ? 0 : memory.Allocate(logBytes);
        ulong functions = memory.Put(image.Functions), lines = memory.Put(image.Lines);
        var attributes = new ProgLoadAttr
        {
            ProgType = (uint)program.Type,
            InsnCount = (uint)image.Insns.Length,
            Insns = memory.Put(image.InsnBytes),
            License = memory.Put(Encoding.UTF8.GetBytes(program.License + "\0")),
            LogLevel = log == 0 ? 0u : 1,
            LogSize = (uint)logBytes,
            LogBuffer = log,
            Flags = program.Spec.LoadFlags,
            Name = KernelName.Of(program.Spec.Name),
            ExpectedAttachType = (uint)program.AttachType,
            FdArray = maps.Length == 0 ? 0 : memory.Put(System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(maps)),
        };
        if (btf != 0 && image.Functions.Length > 0)
        {
            attributes.BtfFd = btf;
            attributes.FuncInfoRecordSize = FunctionRecordBytes;
            attributes.FuncInfo = functions;
            attributes.FuncInfoCount = (uint)(image.Functions.Length / FunctionRecordBytes);
            attributes.LineInfoRecordSize = LineRecordBytes;
            attributes.LineInfo = image.Lines.Length == 0 ? 0 : lines;
            attributes.LineInfoCount = (uint)(image.Lines.Length / LineRecordBytes);
        }
        var errno = calls.Call(BpfCommand.ProgLoad, attributes, out int descriptor);
        if (log == 0) return (errno, descriptor, "");
        var text = memory.Bytes(log, logBytes);
        int end = text.IndexOf((byte)0);
        return (errno, descriptor, Encoding.UTF8.GetString(end < 0 ? text : text[..end]));
    });

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
