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

    /// <summary>Asks, standing where pins lie.</summary>
    T AskAtHome<T>(Func<TcxCalls, T> question) => Ask(question);

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

    /// <summary>A call of the file system that pins lie in.</summary>
    /// <param name="verb">Which.</param>
    /// <param name="path">What it makes or takes away.</param>
    /// <param name="other">The other path: where a link leads, what is renamed.</param>
    Errno File(FileVerb verb, string path, string other);

    /// <summary>Lets a frame come in at a device.</summary>
    void Send(string device, byte[] frame);

    /// <summary>Waits for what a kernel does after a call has returned: a pin that is gone lets its object go when no CPU looks at it any more.</summary>
    void Settle()
    {
    }

    /// <summary>Looks whether it can be asked a script; if not, why.</summary>
    string? WhyNot(ControlScript script);

    /// <summary>open(2), read-only, of the file system that pins lie in.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    int Open(string path);

    /// <summary>Gives the process that asks other capabilities, in the first user namespace or in one of its own.</summary>
    void Become(bool ownNamespace, Capabilities capabilities);

    /// <summary>Mounts a bpf file system of the asking process's user namespace, and opens its root.</summary>
    /// <returns>The descriptor of the root, or a negative errno.</returns>
    int Mount(string path, string options);
}

/// <summary>Calls of the file system in scripts.</summary>
internal enum FileVerb
{
    /// <summary>mkdir(2), mode 0755.</summary>
    MakeDirectory,

    /// <summary>rmdir(2).</summary>
    RemoveDirectory,

    /// <summary>unlink(2).</summary>
    Unlink,

    /// <summary>rename(2).</summary>
    Rename,

    /// <summary>symlink(2).</summary>
    Symlink,

    /// <summary>link(2).</summary>
    Link,
}
