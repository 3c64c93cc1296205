namespace Vm.Memory;

/// <summary>All memory owners of a run, asked as one: what the checked interpreter and fault-tolerant reads consult.</summary>
/// <remarks>O(owners) a question; generated code never looks here. Owners may come and go while others ask.</remarks>
public sealed class GuestRegions : IGuestMemory
{
    private readonly Lock _gate = new();
    private IGuestMemory[] _owners = [];

    /// <summary>Owners there are.</summary>
    public int Count => Volatile.Read(ref _owners).Length;

    /// <summary>Adds an owner. One that is reference counted leaves by itself when it is freed.</summary>
    public void Add(IGuestMemory owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        lock (_gate) Volatile.Write(ref _owners, [.. _owners, owner]);
        if (owner is RefCounted counted) counted.Freed += gone => Remove((IGuestMemory)gone);
    }

    /// <summary>Takes an owner out; nothing happens when it is not there.</summary>
    public void Remove(IGuestMemory owner)
    {
        lock (_gate) Volatile.Write(ref _owners, Array.FindAll(_owners, other => other != owner));
    }

    /// <inheritdoc/>
    public bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (address + (ulong)bytes < address) return false;
        foreach (var owner in Volatile.Read(ref _owners))
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
