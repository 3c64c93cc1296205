using Vm.Memory;

namespace Vm.Runtime;

/// <summary>
/// Where callbacks find the keys of array elements, which are in no memory of the map: one cell for each loop that is running. Programs may
/// keep the address and read the cell after the loop; there is then the last key, or that of a later loop, as in the kernel there is whatever
/// its stack holds by then.
/// </summary>
/// <remarks>Programs only read it. Source: Linux 6.12 kernel/bpf/arraymap.c, bpf_for_each_array_elem.</remarks>
public sealed class KeyCells : IDisposable
{
    /// <summary>More than there can be frames: 8 of each of the 34 programs of a tail-call chain.</summary>
    private const int Cells = 512, CellBytes = 8;

    private readonly NativeBlock _cells = new(Cells * CellBytes);

    /// <summary>Takes a cell; who gives it back counts <see cref="RunState.KeysInUse"/> down.</summary>
    /// <returns>Its address.</returns>
    public ulong Take(ref RunState run) => _cells.Address + (ulong)(CellBytes * run.KeysInUse++);

    /// <summary>True when all of the bytes are in cells.</summary>
    public bool Contains(ulong address, int bytes) => _cells.Contains(address, bytes);

    /// <inheritdoc/>
    public void Dispose() => _cells.Dispose();
}
