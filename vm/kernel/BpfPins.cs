using System.Diagnostics.CodeAnalysis;
using Vm.Maps;

namespace Vm.Kernel;

/// <summary>The bpf file system as far as it pins maps: paths that keep a map alive and give it to whoever opens them.</summary>
/// <remarks>Thread-safe. Source: Linux 6.12 kernel/bpf/inode.c.</remarks>
public sealed class BpfPins
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Map> _maps = new(StringComparer.Ordinal);

    /// <summary>All pins, by path.</summary>
    public IReadOnlyList<KeyValuePair<string, Map>> All
    {
        get
        {
            lock (_gate) return [.. _maps.OrderBy(pin => pin.Key, StringComparer.Ordinal)];
        }
    }

    /// <summary>The map pinned at a path.</summary>
    public bool TryGet(string path, [NotNullWhen(true)] out Map? map)
    {
        lock (_gate) return _maps.TryGetValue(path, out map);
    }

    /// <summary>Pins a map (BPF_OBJ_PIN): the pin is one of its users from now on.</summary>
    /// <returns>False when something is pinned there already (EEXIST).</returns>
    /// <exception cref="ObjectDisposedException">The map has been freed.</exception>
    public bool TryPin(string path, Map map)
    {
        ArgumentNullException.ThrowIfNull(map);
        lock (_gate)
        {
            if (_maps.ContainsKey(path)) return false;
            ObjectDisposedException.ThrowIf(!map.TryJoinUser(), map);
            _maps.Add(path, map);
            return true;
        }
    }

    /// <summary>Removes a pin (unlink).</summary>
    /// <returns>False when nothing is pinned there.</returns>
    public bool Unpin(string path)
    {
        Map? map;
        lock (_gate)
        {
            if (!_maps.Remove(path, out map)) return false;
        }
        map.LeaveUser();
        return true;
    }

    internal void Clear()
    {
        foreach (var (path, _) in All) Unpin(path);
    }
}
