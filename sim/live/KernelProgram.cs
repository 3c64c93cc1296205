using System.Text;
using Vm.Abi;
using Vm.Specs;

namespace Sim.Live;

/// <summary>What the kernel's verifier said.</summary>
/// <param name="Errno">None when it took the program.</param>
/// <param name="Log">Its log at level 1 when it refused; else empty.</param>
public sealed record KernelLoadResult(Errno Errno, string Log)
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
public readonly record struct KernelRun(Errno Errno, uint Retval, int DataBytes);

/// <summary>A program loaded into the live kernel.</summary>
public sealed class KernelProgram : IDisposable
{
    private const int LogBytes = 4 << 20, FunctionRecordBytes = 8, LineRecordBytes = 16;

    private readonly KernelHandle _handle;

    private KernelProgram(KernelHandle handle, ProgramType type, string name)
    {
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
        var info = new PinnedBytes(infoBytes);
        var attributes = new ObjectInfoAttr { Fd = Number, InfoBytes = infoBytes, Info = info.Address };
        var errno = BpfSyscall.Call(BpfCommand.ObjGetInfoByFd, ref attributes);
        if (errno != Errno.None) throw new KernelRefusedException("kernel", $"program {Name}", $"the kernel does not say how often it ran ({errno})", errno);
        return BitConverter.ToUInt64(info.Bytes, runCountOffset);
    }

    /// <summary>Asks the kernel to load a program.</summary>
    /// <param name="program">What; for names, license and types.</param>
    /// <param name="image">Its placed slots.</param>
    /// <param name="maps">Descriptors of the maps the slots name by index.</param>
    /// <param name="btf">Descriptor of the object's types; 0 for none.</param>
    /// <param name="loaded">The program; null when it was refused.</param>
    /// <param name="wantsLog">False to do without the log, which costs a second try.</param>
    internal static KernelLoadResult Load(LinkedProgram program, ProgramImage image, uint[] maps, uint btf, out KernelProgram? loaded, bool wantsLog = true)
    {
        var errno = Load(program, image, maps, btf, null, out int descriptor);
        loaded = errno == Errno.None ? new KernelProgram(new KernelHandle(descriptor), program.Type, program.Spec.Name) : null;
        if (loaded is not null || !wantsLog) return new KernelLoadResult(errno, "");
        var log = new PinnedBytes(LogBytes);
        if (Load(program, image, maps, btf, log, out int again) == Errno.None) new KernelHandle(again).Dispose();
        int end = Array.IndexOf(log.Bytes, (byte)0);
        return new KernelLoadResult(errno, Encoding.UTF8.GetString(log.Bytes, 0, end < 0 ? LogBytes : end));
    }

    private static Errno Load(LinkedProgram program, ProgramImage image, uint[] maps, uint btf, PinnedBytes? log, out int descriptor)
    {
        var insns = new PinnedBytes(image.InsnBytes);
        var license = new PinnedBytes(Encoding.UTF8.GetBytes(program.License + "\0"));
        var functions = new PinnedBytes(image.Functions);
        var lines = new PinnedBytes(image.Lines);
        var descriptors = new PinnedBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(maps));
        var attributes = new ProgLoadAttr
        {
            ProgType = (uint)program.Type,
            InsnCount = (uint)image.Insns.Length,
            Insns = insns.Address,
            License = license.Address,
            LogLevel = log is null ? 0u : 1,
            LogSize = log is null ? 0 : (uint)log.Bytes.Length,
            LogBuffer = log?.Address ?? 0,
            Flags = program.Spec.LoadFlags,
            Name = KernelName.Of(program.Spec.Name),
            ExpectedAttachType = (uint)program.AttachType,
            FdArray = maps.Length == 0 ? 0 : descriptors.Address,
        };
        if (btf != 0 && image.Functions.Length > 0)
        {
            attributes.BtfFd = btf;
            attributes.FuncInfoRecordSize = FunctionRecordBytes;
            attributes.FuncInfo = functions.Address;
            attributes.FuncInfoCount = (uint)(image.Functions.Length / FunctionRecordBytes);
            attributes.LineInfoRecordSize = LineRecordBytes;
            attributes.LineInfo = image.Lines.Length == 0 ? 0 : lines.Address;
            attributes.LineInfoCount = (uint)(image.Lines.Length / LineRecordBytes);
        }
        var errno = BpfSyscall.Call(BpfCommand.ProgLoad, ref attributes, out descriptor);
        foreach (var kept in (object?[])[insns, license, functions, lines, descriptors, log]) GC.KeepAlive(kept);
        return errno;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
