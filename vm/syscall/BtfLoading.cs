using Vm.Abi;
using Vm.Btf;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>BPF_BTF_LOAD.</summary>
/// <remarks>Its log has the complaint; the kernel's lists every type besides. Source: Linux 6.12 kernel/bpf/syscall.c, bpf_btf_load; kernel/bpf/btf.c, btf_parse.</remarks>
internal static class BtfLoading
{
    private const int Bytes = 0, LogBuffer = 8, Size = 16, LogSize = 20, LogLevel = 24, LogTrueSize = 28, Flags = 32, TokenFd = 36;
    private const uint LargestBtf = 16 << 20;

    public static int Load(Call call)
    {
        if ((call.U32(Flags) & ~Tokens.Bit) != 0) return Call.Fail(Errno.EINVAL);
        var errno = Tokens.TakeUp(call, call.U32(Flags), TokenFd, BpfCommand.BtfLoad);
        if (errno != Errno.None) return Call.Fail(errno);
        if (!call.Capable(Capabilities.Bpf)) return Call.Fail(Errno.EPERM);
        if (call.U32(Size) > LargestBtf) return Call.Fail(Errno.E2BIG);
        if (!CallLog.TryOpen(call.U32(LogLevel), call.U64(LogBuffer), call.U32(LogSize), out var log)) return Call.Fail(Errno.EINVAL);
        errno = Read(call, out var spec, out string complaint);
        var logged = log.Finish(call.Memory, complaint, out uint trueSize);
        if (logged != Errno.None) errno = logged;
        if (call.Size >= LogTrueSize + sizeof(uint) && !call.TryPut(LogTrueSize, trueSize)) errno = Errno.EFAULT;
        if (errno != Errno.None) return Call.Fail(errno);
        var made = new BpfBtf(spec!, spec!.Raw) { AllocationBytes = call.Syscalls.Settings.Load.ObjectBytes };
        call.Kernel.Adopt(made);
        // The descriptor takes over the maker's reference.
        return call.Caller.Files.Open(made);
    }

    private static Errno Read(Call call, out BtfSpec? spec, out string complaint)
    {
        spec = null;
        complaint = "";
        var bytes = new byte[call.U32(Size)];
        if (!call.Memory.TryRead(call.U64(Bytes), bytes)) return Errno.EFAULT;
        try
        {
            spec = BtfLoadRules.Read(bytes, "BTF");
            if (SpecialFields.RefusalOf(spec) is not var (errno, problem)) return Errno.None;
            complaint = problem + "\n";
            return errno;
        }
        catch (BtfFormatException refused)
        {
            complaint = refused.Message + "\n";
            return refused.Errno;
        }
    }
}
