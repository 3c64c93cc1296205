namespace Vm.Memory;

/// <summary>All memory owners of a run, asked as one: what the checked interpreter and fault-tolerant reads consult.</summary>
/// <remarks>O(owners) a question. Filled at start-up; generated code never looks here.</remarks>
public sealed class GuestRegions : IGuestMemory
{
    private readonly List<IGuestMemory> _owners = [];

    /// <summary>Adds an owner.</summary>
    public void Add(IGuestMemory owner) => _owners.Add(owner);

    /// <inheritdoc/>
    public bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (address + (ulong)bytes < address) return false;
        foreach (var owner in _owners)
        {
            if (owner.Allows(address, bytes, access)) return true;
        }
        return false;
    }

    /// <summary>Copies bytes out if all of them are live (copy_from_kernel_nofault).</summary>
    public bool TryRead(ulong address, Span<byte> to)
    {
        if (!Allows(address, to.Length, MemoryAccess.Read)) return false;
        Native.Bytes(address, to.Length).CopyTo(to);
        return true;
    }
}
