using Netdev.Control;
using Vm.Abi;

namespace Sim.Control;

/// <summary>Who answers a script: a network with a device or more, and the calls that attach to them.</summary>
/// <remarks>What fails here is no answer but a failure of the host itself, thrown.</remarks>
internal interface IControlHost : IDisposable
{
    /// <summary>What reports call it.</summary>
    string Name { get; }

    /// <summary>Asks, standing in the namespace entered last.</summary>
    T Ask<T>(Func<TcxCalls, T> question);

    /// <summary>Loads a program that does nothing: TCX_NEXT, or XDP_PASS.</summary>
    /// <returns>Its descriptor.</returns>
    uint AddProgram(string name, ProgramType type);

    /// <summary>Makes a map.</summary>
    /// <returns>Its descriptor.</returns>
    uint AddMap();

    /// <summary>Adds a device that is up.</summary>
    void AddDevice(string name);

    /// <summary>Interface number of a device where it is now; the last one of a device that is gone.</summary>
    uint Ifindex(string name);

    /// <summary>Removes a device.</summary>
    void RemoveDevice(string name);

    /// <summary>Moves a device to the other namespace.</summary>
    void MoveDevice(string name);

    /// <summary>Brings a device up or down.</summary>
    void SetUp(string name, bool up);

    /// <summary>Adds a clsact or ingress qdisc to a device; null removes it.</summary>
    void SetQdisc(string name, string? kind);

    /// <summary>Goes to the other namespace, or home.</summary>
    void Enter(bool other);
}
