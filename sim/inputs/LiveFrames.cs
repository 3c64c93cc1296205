using Netdev.Pcap;
using Netdev.Wire;
using SharpPcap;
using SharpPcap.LibPcap;
using Sim.Output;

namespace Sim.Inputs;

/// <summary>Packets as a real interface sees them, until somebody interrupts. Nothing is sent, the interface's settings are not touched.</summary>
internal sealed class LiveFrames : IFrameSource
{
    // A read that waits does not end before a packet comes, whatever its timeout; so we never wait in it.
    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(2);

    private readonly LibPcapLiveDevice _device;
    private readonly LinkFramer _framer;
    private readonly LinkType _link;
    private readonly bool _bothWays;
    private long _seen;

    /// <summary>Opens an interface.</summary>
    /// <param name="name">Interface name, as the system has it.</param>
    /// <param name="own">Address of the simulated device that gets the frames, for links without Ethernet headers.</param>
    /// <param name="outgoing">True for what the host sends, false for what it receives.</param>
    /// <param name="filter">Filter in tcpdump's language; null for everything.</param>
    /// <exception cref="UsageException">No libpcap, no such interface, no right to capture, a wrong filter, or a link that is not read.</exception>
    public LiveFrames(string name, MacAddress own, bool outgoing, string? filter)
    {
        // A wrong filter is complained about as for files.
        if (filter is not null) PacketFilter.Compile(filter).Dispose();
        _device = LibPcap.Need("--live", () => Find(name));
        try
        {
            Open(name);
            _link = (LinkType)(int)_device.LinkType;
            if (!LinkFramer.Knows(_link)) throw new UsageException($"'{name}' has link type {LinkFramer.NameOf(_link)}, which has no place on an Ethernet device; read are {LinkFramer.KnownLinks}");
            _bothWays = !LibPcap.TrySetDirection(_device.Handle, outgoing);
            if (filter is not null) _device.Filter = filter;
        }
        catch
        {
            _device.Dispose();
            throw;
        }
        _framer = new LinkFramer(own, outgoing);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = _framer.Notes(_device.Name, _seen).ToList();
            if (_bothWays) notes.Add($"{_device.Name}: this system's libpcap does not tell what comes in from what goes out; both were taken");
            if (_device.Opened && _device.Statistics is { DroppedPackets: > 0 } lost) notes.Add($"{_device.Name}: {lost.DroppedPackets} packets came faster than they could be taken and were lost");
            return notes;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out CapturedFrame frame)
    {
        while (true)
        {
            Interrupt.Check();
            switch (_device.GetNextPacket(out var packet))
            {
                case GetPacketStatus.PacketRead:
                    _seen++;
                    if (!_framer.TryFrame(_link, packet.Data, out var data)) continue;
                    var time = packet.Header.Timeval;
                    frame = new CapturedFrame(data, (long)time.Seconds * 1_000_000_000 + (long)time.MicroSeconds * 1_000);
                    return true;
                case GetPacketStatus.ReadTimeout:
                    Thread.Sleep(s_idle);
                    continue;
                case GetPacketStatus.NoRemainingPackets:
                    frame = default;
                    return false;
                default:
                    throw new UsageException($"'{_device.Name}' can no longer be read: {_device.LastError}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private static LibPcapLiveDevice Find(string name)
    {
        var all = LibPcapLiveDeviceList.New();
        return all.FirstOrDefault(device => device.Name == name || device.Interface?.FriendlyName == name)
            ?? throw new UsageException($"libpcap knows no interface '{name}'; {Vm.Abi.Spelling.Hint(name, [.. all.Select(device => device.Interface?.FriendlyName ?? device.Name)])}");
    }

    private void Open(string name)
    {
        try
        {
            _device.Open(new DeviceConfiguration { Mode = DeviceModes.None, ReadTimeout = 1, Snaplen = CaptureReader.MaxPacketBytes, Immediate = true });
            _device.NonBlockingMode = true;
        }
        catch (PcapException refused)
        {
            throw new UsageException($"'{name}' cannot be captured from: {refused.Message.Trim()} (reading an interface takes root, or CAP_NET_RAW: 'setcap cap_net_raw+ep' on the dotnet host)");
        }
    }
}
