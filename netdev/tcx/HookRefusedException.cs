using Vm.Abi;

namespace Netdev.Tcx;

/// <summary>A hook did not take a program, or did not let it go; the errno is what the kernel's call would have returned.</summary>
/// <remarks>Whoever wants the errno as a value asks the method of the same name that starts with <c>Try</c>.</remarks>
public sealed class HookRefusedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="what">What was asked for: <c>'count' cannot be attached to eth0 ingress</c>.</param>
    /// <param name="errno">What the call returned.</param>
    /// <param name="why">What that means here; empty when the number says it all.</param>
    public HookRefusedException(string what, Errno errno, string why = "")
        : base(why.Length == 0 ? $"{what}: {errno}" : $"{what}: {errno} ({why})")
    {
        Errno = errno;
        Why = why;
    }

    /// <summary>What the call returned.</summary>
    public Errno Errno { get; }

    /// <summary>What that means here; may be empty.</summary>
    public string Why { get; }
}
