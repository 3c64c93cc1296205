namespace Netdev.Devices;

/// <summary>How an XDP program is attached. Source: Linux 6.12 include/uapi/linux/if_link.h, XDP_FLAGS_*.</summary>
[Flags]
public enum XdpFlags : uint
{
    /// <summary>In the driver where it can, else generic.</summary>
    None = 0,

    /// <summary>Generic: before the stack, whatever the driver.</summary>
    Generic = 1 << 1,

    /// <summary>In the driver.</summary>
    Native = 1 << 2,

    /// <summary>In the card.</summary>
    Offloaded = 1 << 3,

    /// <summary>All modes; one at a time may be asked for.</summary>
    Modes = Generic | Native | Offloaded,
}
