using Vm.Btf;

namespace Vm.Specs;

/// <summary>A BPF object file as plain data: the same on every machine, tied to no host.</summary>
/// <remarks>The simulator and the live kernel both load from this. Nothing in it is a resource.</remarks>
/// <param name="Name">The file as the user named it; used in every message.</param>
/// <param name="License">Text of the <c>license</c> section, without its NUL; empty when there is none.</param>
/// <param name="Version">Number in the <c>version</c> section; 0 when there is none.</param>
/// <param name="Programs">Entry programs, by section then by position in it.</param>
/// <param name="Maps">Declared maps first, in file order, then one map per data section (<see cref="MapSpec.DataSection"/>).</param>
/// <param name="Btf">The object's own types; null for an object built without <c>-g</c>.</param>
/// <param name="Sections">Name and size of every ELF section, for people who inspect.</param>
public sealed record ObjectSpec(
    string Name,
    string License,
    uint Version,
    IReadOnlyList<ProgramSpec> Programs,
    IReadOnlyList<MapSpec> Maps,
    BtfSpec? Btf,
    IReadOnlyList<SectionInfo> Sections);

/// <summary>One ELF section as <c>inspect</c> lists it.</summary>
/// <param name="Name">Section name.</param>
/// <param name="Offset">Byte offset in the file.</param>
/// <param name="SizeBytes">Size in bytes.</param>
public readonly record struct SectionInfo(string Name, long Offset, long SizeBytes);
