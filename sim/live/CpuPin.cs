using System.Runtime.InteropServices;

namespace Sim.Live;

/// <summary>Keeps the calling thread on the first processor it may use, so that the kernel's programs all run on one; disposing lets it go again.</summary>
/// <remarks>Source: Linux 6.12 kernel/sched/syscalls.c, sched_setaffinity.</remarks>
internal sealed class CpuPin : IDisposable
{
    private const int MaskBytes = 1024;

    private readonly byte[] _before = new byte[MaskBytes];
    private readonly bool _pinned;

    /// <summary>Pins the calling thread.</summary>
    public CpuPin()
    {
        // The library call answers 0 and fills the mask, or -1.
        if (GetAffinity(0, MaskBytes, _before) < 0) return;
        Cpu = Enumerable.Range(0, MaskBytes * 8).First(cpu => (_before[cpu / 8] & (1 << (cpu % 8))) != 0);
        var mask = new byte[MaskBytes];
        mask[Cpu.Value / 8] = (byte)(1 << (Cpu.Value % 8));
        _pinned = SetAffinity(0, MaskBytes, mask) == 0;
        if (!_pinned) Cpu = null;
    }

    /// <summary>The processor; null when the thread could not be pinned, and runs may be on any.</summary>
    public int? Cpu { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A thread that stays where it is does no harm.
        if (_pinned) _ = SetAffinity(0, MaskBytes, _before);
    }

    [DllImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAffinity(int thread, nint bytes, [Out] byte[] mask);

    [DllImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAffinity(int thread, nint bytes, byte[] mask);
}
