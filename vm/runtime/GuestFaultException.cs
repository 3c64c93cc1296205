using Vm.Memory;

namespace Vm.Runtime;

/// <summary>A checked engine caught a program touching memory it may not touch: the proof it runs on is wrong.</summary>
/// <remarks>
/// Our own bug, not a bad input: a sound verifier never lets one happen. Only the interpreter and the checked compilation look.
/// </remarks>
public sealed class GuestFaultException : Exception
{
    /// <summary>Describes the access.</summary>
    /// <param name="program">Function name.</param>
    /// <param name="pc">Slot of the instruction.</param>
    /// <param name="address">First byte of the access.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="access">Load or store.</param>
    public GuestFaultException(string program, int pc, ulong address, int bytes, MemoryAccess access)
        : base($"{program}: insn {pc} would {(access == MemoryAccess.Read ? "read" : "write")} {bytes} bytes at 0x{address:x}, which belong to nobody. "
            + "The verifier accepted a program it should have refused; please report it with the object file.")
    {
        Program = program;
        Pc = pc;
        Address = address;
        Bytes = bytes;
        Access = access;
    }

    /// <summary>Function name.</summary>
    public string Program { get; }

    /// <summary>Slot of the instruction.</summary>
    public int Pc { get; }

    /// <summary>First byte of the access.</summary>
    public ulong Address { get; }

    /// <summary>Size of the access in bytes.</summary>
    public int Bytes { get; }

    /// <summary>Load or store.</summary>
    public MemoryAccess Access { get; }
}
