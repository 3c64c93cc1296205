namespace Vm.Syscall;

/// <summary>Where the fields of BPF_PROG_LOAD lie. Source: Linux 6.12 include/uapi/linux/bpf.h, union bpf_attr.</summary>
internal static class ProgAttributes
{
    public const int Type = 0, InsnCount = 4, Insns = 8, License = 16, LogLevel = 24, LogSize = 28, LogBuffer = 32, Flags = 44, Name = 48, Ifindex = 64, AttachType = 68, BtfFd = 72,
        FuncInfoSize = 76, FuncInfo = 80, FuncInfoCount = 88, LineInfoSize = 92, LineInfo = 96, LineInfoCount = 104, AttachBtfId = 108, AttachProgFd = 112, CoreCount = 116,
        FdArray = 120, CoreRelos = 128, CoreSize = 136, LogTrueSize = 140, TokenFd = 144;
}

/// <summary>prog_flags. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_F_*.</summary>
[Flags]
internal enum ProgFlags : uint
{
    None = 0,
    StrictAlignment = 1,
    AnyAlignment = 2,
    RandomHigh32 = 4,
    StateFrequency = 8,
    Sleepable = 16,
    XdpFrags = 32,
    DeviceBound = 64,
    RegisterInvariants = 128,
    Token = Tokens.Bit,
    All = StrictAlignment | AnyAlignment | RandomHigh32 | StateFrequency | Sleepable | XdpFrags | DeviceBound | RegisterInvariants | Token,
}

/// <summary>Why loading stops: an errno, and a line for the log.</summary>
/// <param name="Errno">What bpf(2) returns.</param>
/// <param name="Message">In our words, without a line end.</param>
internal readonly record struct LoadRefusal(Vm.Abi.Errno Errno, string Message);
