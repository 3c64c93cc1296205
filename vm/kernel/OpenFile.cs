using Vm.Memory;

namespace Vm.Kernel;

/// <summary>What a descriptor may do with a map. Source: Linux 6.12 kernel/bpf/syscall.c, map_get_sys_perms.</summary>
[Flags]
public enum FileRights
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>Look up.</summary>
    Read = 1,

    /// <summary>Change.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    ReadWrite = Read | Write,
}

/// <summary>An open file description: what descriptors share after dup and fork. Its object is let go with the last of them.</summary>
public sealed class OpenFile : RefCounted
{
    private readonly Action? _closed;

    /// <summary>A file that stands for an object, which the caller has held for it.</summary>
    /// <param name="target">The object.</param>
    /// <param name="rights">What may be done through it.</param>
    public OpenFile(IKernelObject target, FileRights rights = FileRights.ReadWrite)
    {
        (Target, Rights) = (target, rights);
        _closed = target.LetGo;
    }

    /// <summary>A file of another kind.</summary>
    /// <param name="target">What it is; nothing bpf(2) knows when it is no kernel object.</param>
    /// <param name="closed">Called once, when the last descriptor is closed.</param>
    public OpenFile(object target, Action? closed = null) => (Target, Rights, _closed) = (target, FileRights.ReadWrite, closed);

    /// <summary>What it stands for.</summary>
    public object Target { get; }

    /// <summary>What may be done through it.</summary>
    public FileRights Rights { get; }

    /// <inheritdoc/>
    protected override void OnDispose() => _closed?.Invoke();
}
