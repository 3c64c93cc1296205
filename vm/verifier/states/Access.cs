namespace Vm.Verifier.States;

/// <summary>One memory access.</summary>
/// <param name="Pointer">Register with the address.</param>
/// <param name="Offset">Constant added to it.</param>
/// <param name="Bytes">1, 2, 4 or 8.</param>
/// <param name="Writes">True for stores.</param>
/// <param name="Value">Register loaded or stored; -1 for none.</param>
internal readonly record struct Access(int Pointer, int Offset, int Bytes, bool Writes, int Value)
{
    /// <summary>The loaded value is sign-extended.</summary>
    public bool SignExtends { get; init; }

    /// <summary>The address must be aligned whatever it points at.</summary>
    public bool Aligned { get; init; }
}
