namespace Vm.Kernel;

/// <summary>Something bpf(2) makes and hands out by descriptor and id: a map, a program, a link, a BTF.</summary>
public interface IKernelObject
{
    /// <summary>Id, from 1, unique among those of its kind in one kernel; 0 before it has one.</summary>
    uint Id { get; set; }

    /// <summary>True until the last holder has let go: ids of what is being freed are found no more.</summary>
    bool IsLive { get; }

    /// <summary>Becomes one more holder: a descriptor, a pin.</summary>
    /// <returns>False when it is being freed.</returns>
    bool TryHold();

    /// <summary>Gives back what <see cref="TryHold"/> took; the last holder frees it.</summary>
    void LetGo();
}
