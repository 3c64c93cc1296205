using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>One call of bpf(2) while it is answered: who calls, and the attributes as they were when it came.</summary>
/// <remarks>What a call gives back in its attributes is written where they lie, even behind the size the caller gave, as the kernel does.</remarks>
internal sealed class Call(BpfSyscalls syscalls, Process caller, ICallerMemory memory, ulong address, uint size, byte[] attributes)
{
    /// <summary>sizeof(union bpf_attr) of Linux 6.12.</summary>
    public const int AttributeBytes = 152;

    /// <summary>The kernel's answer machine: settings and registered parts.</summary>
    public BpfSyscalls Syscalls { get; } = syscalls;

    /// <summary>What owns all objects.</summary>
    public BpfKernel Kernel => Caller.Kernel;

    /// <summary>Who calls.</summary>
    public Process Caller { get; } = caller;

    /// <summary>The caller's memory.</summary>
    public ICallerMemory Memory { get; } = memory;

    /// <summary>Bytes of attributes the caller gave.</summary>
    public uint Size { get; } = size;

    /// <summary>The token it was given and may use; null for none.</summary>
    public BpfToken? Token { get; set; }

    /// <summary>Looks whether the caller has a capability: over the whole machine, or with a token over the token's user namespace.</summary>
    public bool Capable(Capabilities capability) => Caller.Capable(capability, Token);

    /// <summary>The attributes, zero behind what was given.</summary>
    public ReadOnlySpan<byte> Attributes => attributes;

    /// <summary>Four bytes at an offset of the attributes.</summary>
    public uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(attributes.AsSpan(offset));

    /// <summary>Eight bytes at an offset of the attributes.</summary>
    public ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(attributes.AsSpan(offset));

    /// <summary>CHECK_ATTR: true when no byte behind a command's last field is set.</summary>
    public bool EndsAt(int last) => attributes.AsSpan(last).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Writes four bytes back into the caller's attributes; false when they cannot be written.</summary>
    public bool TryPut(int offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Memory.TryWrite(address + (ulong)offset, bytes);
    }

    /// <summary>Writes eight bytes back into the caller's attributes; false when they cannot be written.</summary>
    public bool TryPut(int offset, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Memory.TryWrite(address + (ulong)offset, bytes);
    }

    /// <summary>The object behind a descriptor, for the length of the call.</summary>
    /// <param name="descriptor">Number.</param>
    /// <param name="found">File and object; to be disposed. Good only when the answer is None.</param>
    /// <returns>EBADF for a number that is not open, EINVAL for another kind of file.</returns>
    public Errno Find<T>(uint descriptor, out Held<T> found) where T : class
    {
        var file = Caller.Files.Acquire(descriptor);
        found = new Held<T>(file);
        if (file is null) return Errno.EBADF;
        if (file.Target is T) return Errno.None;
        found.Dispose();
        return Errno.EINVAL;
    }

    /// <summary>What a call returns for an errno.</summary>
    public static int Fail(Errno errno) => -(int)errno;
}

/// <summary>An open file during a call, so that a close of another thread does not free what is behind it.</summary>
/// <typeparam name="T">What it stands for.</typeparam>
internal readonly ref struct Held<T>(OpenFile? file) where T : class
{
    /// <summary>What it stands for.</summary>
    public T Object => (T)file!.Target;

    /// <summary>What may be done through it.</summary>
    public FileRights Rights => file!.Rights;

    /// <summary>Lets go of it.</summary>
    public void Dispose() => file?.Release();
}
