using Vm.Abi;
using Vm.Programs;
namespace Netdev.Programs;
/// <summary>tmp</summary>
public static class NetProgramKinds
{
    /// <summary>tmp</summary>
    public static ProgramKind? For(ProgramType type) => null;
}
