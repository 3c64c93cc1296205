using System.Runtime.InteropServices;

namespace Vm.Memory;

/// <summary>Something managed that a program holds as an opaque pointer: a map, a crypto context, a socket.</summary>
/// <remarks>
/// The guest value is the address of a small native cell that leads back to the object. The verifier makes sure a program
/// never reads through it; helpers turn it back with <see cref="Resolve{T}"/>. The cell lives as long as the object is held.
/// </remarks>
public abstract unsafe class GuestReferent : RefCounted
{
    private readonly nint* _cell;

    /// <summary>Makes the cell. Reference count starts at 1.</summary>
    protected GuestReferent()
    {
        _cell = (nint*)NativeMemory.AlignedAlloc(16, 16);
        _cell[0] = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        _cell[1] = 0;
    }

    /// <summary>The value a guest register holds for this object; never 0, 16-byte aligned, stable for life.</summary>
    public ulong Handle => (ulong)_cell;

    /// <summary>The object behind a guest value that came from <see cref="Handle"/>; the caller vouches for the value.</summary>
    public static T Resolve<T>(ulong handle) where T : GuestReferent =>
        System.Runtime.CompilerServices.Unsafe.As<T>(GCHandle.FromIntPtr(*(nint*)handle).Target!);

    /// <summary>Frees the cell: guest values of it are dead from here on. Subclasses free what they own first, then call this.</summary>
    protected override void OnDispose()
    {
        GCHandle.FromIntPtr(_cell[0]).Free();
        NativeMemory.AlignedFree(_cell);
    }
}
