using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Syscall;

namespace Sim.Live;

/// <summary>bpf(2) of the live kernel, asked with the same bytes as the simulated one. Interface numbers are those of the calling thread's network namespace.</summary>
/// <remarks>Closed are only descriptors it made or was given, so that a wrong number closes nothing of this process. One call at a time.</remarks>
/// <param name="memoryBytes">Room for all that one call needs.</param>
internal sealed class LiveCalls(long memoryBytes = 1 << 20) : IBpfCalls, IDisposable
{
    private readonly Dictionary<uint, IDisposable> _open = [];

    /// <inheritdoc/>
    public CallerBlock Memory { get; } = new(memoryBytes);

    /// <inheritdoc/>
    public int Bpf(BpfCommand command, ulong attributes, uint size)
    {
        int answer = BpfSyscall.Call((int)command, attributes, size);
        if (answer > 0 && MakesDescriptor(command)) Adopt((uint)answer, new KernelHandle(answer));
        return answer;
    }

    /// <inheritdoc/>
    public Errno Close(int descriptor)
    {
        if (!_open.Remove((uint)descriptor, out var owner)) return Errno.EBADF;
        owner.Dispose();
        return Errno.None;
    }

    /// <inheritdoc/>
    public int Duplicate(int descriptor)
    {
        if (!_open.ContainsKey((uint)descriptor)) return -(int)Errno.EBADF;
        int made = Dup(descriptor);
        if (made < 0) return -Marshal.GetLastPInvokeError();
        Adopt((uint)made, new KernelHandle(made));
        return made;
    }

    /// <summary>Takes over a descriptor, to close it when told or in the end.</summary>
    /// <returns>The descriptor.</returns>
    public uint Adopt(uint descriptor, IDisposable owner)
    {
        _open.Add(descriptor, owner);
        return descriptor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owner in _open.Values) owner.Dispose();
        _open.Clear();
        Memory.Dispose();
    }

    private static bool MakesDescriptor(BpfCommand command) => command is BpfCommand.MapCreate or BpfCommand.ProgLoad or BpfCommand.ObjGet or BpfCommand.ProgGetFdById
        or BpfCommand.MapGetFdById or BpfCommand.RawTracePointOpen or BpfCommand.BtfLoad or BpfCommand.BtfGetFdById or BpfCommand.LinkCreate or BpfCommand.LinkGetFdById
        or BpfCommand.EnableStats or BpfCommand.IterCreate or BpfCommand.TokenCreate;

    [DllImport("libc", EntryPoint = "dup", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Dup(int descriptor);
}
