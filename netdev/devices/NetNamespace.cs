using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Netdev.Devices;

/// <summary>A network namespace: devices by interface number, routes and neighbours of its own.</summary>
public sealed class NetNamespace
{
    private NetDevice?[] _byIfindex = new NetDevice?[16];
    private readonly Dictionary<string, NetDevice> _byName = [];
    private NetDevice[] _tunnels = [];
    private int _lastIfindex = 1;

    internal NetNamespace(string name) => Name = name;

    /// <summary>Its name; empty for the root namespace.</summary>
    public string Name { get; }

    /// <summary>Routes, rules and neighbours.</summary>
    public Fib Fib { get; } = new();

    /// <summary>Its devices, ascending interface number.</summary>
    public IEnumerable<NetDevice> Devices => _byIfindex.OfType<NetDevice>();

    /// <summary>The device with an interface number. O(1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDevice(uint ifindex, [NotNullWhen(true)] out NetDevice? device)
    {
        var devices = _byIfindex;
        device = ifindex < (uint)devices.Length ? devices[ifindex] : null;
        return device is not null;
    }

    /// <summary>The device with a name.</summary>
    public bool TryDevice(string name, [NotNullWhen(true)] out NetDevice? device)
    {
        lock (_byName) return _byName.TryGetValue(name, out device);
    }

    /// <summary>True when datagrams may be for a tunnel.</summary>
    internal bool HasTunnels => _tunnels.Length > 0;

    /// <summary>The tunnel device that listens on a UDP port; null for none.</summary>
    internal NetDevice? TunnelAt(ushort port)
    {
        foreach (var device in _tunnels)
            if (device.Tunnel!.Port == port) return device;
        return null;
    }

    /// <summary>The number a new device gets: 1 is the loopback's, so the first is 2; numbers are not used again.</summary>
    internal int NextIfindex()
    {
        do _lastIfindex++;
        while (TryDevice((uint)_lastIfindex, out _));
        return _lastIfindex;
    }

    internal void Add(NetDevice device)
    {
        int needed = device.Ifindex + 1;
        var devices = _byIfindex;
        if (needed > devices.Length) Array.Resize(ref devices, Math.Max(needed, devices.Length * 2));
        // Whoever reads at the same time sees the slot empty or taken; both are true.
        Volatile.Write(ref devices[device.Ifindex], device);
        lock (_byName) _byName[device.Name] = device;
        if (device.Kind is TunnelEnd) _tunnels = [.. _tunnels, device];
        Volatile.Write(ref _byIfindex, devices);
    }

    internal void Remove(NetDevice device)
    {
        Volatile.Write(ref _byIfindex[device.Ifindex], null);
        lock (_byName) _byName.Remove(device.Name);
        _tunnels = Array.FindAll(_tunnels, other => other != device);
    }
}
