namespace Vm.Memory;

/// <summary>What a program wants to do with memory.</summary>
public enum MemoryAccess
{
    /// <summary>Load.</summary>
    Read,

    /// <summary>Store, or an atomic read-modify-write.</summary>
    Write,
}

/// <summary>Somebody who owns memory that programs may touch and can say which bytes of it are live right now.</summary>
/// <remarks>The checked interpreter asks every owner it knows; generated code asks nobody, because the verifier proved it.</remarks>
public interface IGuestMemory
{
    /// <summary>True when all of <paramref name="bytes"/> bytes at <paramref name="address"/> are live and may be accessed so.</summary>
    /// <param name="address">Native address.</param>
    /// <param name="bytes">Size of the access, 1-8 for instructions, any size for helpers.</param>
    /// <param name="access">Load or store.</param>
    bool Allows(ulong address, int bytes, MemoryAccess access);
}
