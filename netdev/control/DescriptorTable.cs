using Vm.Abi;

namespace Netdev.Control;

/// <summary>A process's file descriptors, as far as bpf(2) looks at them: numbers that stand for programs, links or something else.</summary>
/// <remarks>0, 1 and 2 are open and are no BPF objects, as in any process with standard streams. The lowest free number is given out.</remarks>
public sealed class DescriptorTable
{
    private const int StandardStreams = 3;

    private static readonly object s_stream = new();

    private readonly List<object?> _open = [.. Enumerable.Repeat(s_stream, StandardStreams)];

    /// <summary>Gives an object a descriptor.</summary>
    public uint Open(object target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int free = _open.IndexOf(null);
        if (free < 0)
        {
            free = _open.Count;
            _open.Add(null);
        }
        _open[free] = target;
        return (uint)free;
    }

    /// <summary>The object behind a descriptor.</summary>
    /// <returns>None; EBADF when the number is not open; EINVAL when it stands for something else.</returns>
    public Errno Get<T>(uint descriptor, out T target) where T : class
    {
        object? found = descriptor < (uint)_open.Count ? _open[(int)descriptor] : null;
        target = (found as T)!;
        return found is null ? Errno.EBADF : target is null ? Errno.EINVAL : Errno.None;
    }

    /// <summary>True when some descriptor stands for the object.</summary>
    public bool Holds(object target) => _open.Contains(target);

    /// <summary>Closes a descriptor.</summary>
    /// <param name="descriptor">Which.</param>
    /// <param name="target">What it stood for; null when it was not open.</param>
    /// <returns>False when it was not open.</returns>
    public bool Close(uint descriptor, out object? target)
    {
        target = descriptor < (uint)_open.Count ? _open[(int)descriptor] : null;
        if (target is not null) _open[(int)descriptor] = null;
        return target is not null;
    }
}
