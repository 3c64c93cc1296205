using System.Runtime.CompilerServices;

namespace Vm.Maps;

/// <summary>The smallest mutual exclusion there is: a few nanoseconds when free, spinning when not. For critical sections of a few loads.</summary>
internal struct SpinGate
{
    private int _held;

    /// <summary>Waits until the gate is free and takes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0) EnterSlow();
    }

    /// <summary>Gives it back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit() => Volatile.Write(ref _held, 0);

    private void EnterSlow()
    {
        var spin = new SpinWait();
        do spin.SpinOnce();
        while (Interlocked.CompareExchange(ref _held, 1, 0) != 0);
    }
}
