using Vm.Abi;

namespace Vm.Kernel;

/// <summary>A token: what a bpf file system delegated to the processes of its user namespace when the token was made.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/token.c.</remarks>
/// <param name="mount">The file system it was made from.</param>
public sealed class BpfToken(BpfMount mount)
{
    /// <summary>The user namespace whose capabilities count with it.</summary>
    public UserNamespace UserNamespace { get; } = mount.Owner;

    /// <summary>What is delegated.</summary>
    public BpfMountOptions Allowed { get; } = mount.Options;

    /// <summary>True when it may be used with a command at all.</summary>
    public bool Allows(BpfCommand command) => Bit(Allowed.Commands, (int)command);

    /// <summary>True when it lets maps of a type be made.</summary>
    public bool Allows(MapType type) => Bit(Allowed.MapTypes, (int)type);

    /// <summary>True when it lets programs of a type be loaded for an attach type.</summary>
    public bool Allows(ProgramType type, AttachType attachType) => Bit(Allowed.ProgTypes, (int)type) && Bit(Allowed.AttachTypes, (int)attachType);

    private static bool Bit(ulong mask, int bit) => (uint)bit < 64 && (mask & 1ul << bit) != 0;
}
