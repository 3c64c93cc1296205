using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>Where on a hook a program goes: <c>hook.Attach(program, Place.Before(other))</c>.</summary>
/// <remarks>The kernel's flags and relatives in words that cannot contradict each other. <c>default</c> is <see cref="Last"/>.</remarks>
public readonly record struct Place
{
    private Place(MprogFlags flags, Relative relative, ExecutableProgram? replaced = null) => (Flags, Relative, Replaced) = (flags, relative, replaced);

    /// <summary>In front of all others.</summary>
    public static Place First => new(MprogFlags.Before, Relative.None);

    /// <summary>Behind all others.</summary>
    public static Place Last => default;

    /// <summary>Directly in front of a program.</summary>
    public static Place Before(ExecutableProgram program) => new(MprogFlags.Before, Relative.To(program));

    /// <summary>Directly in front of a link's program.</summary>
    public static Place Before(TcxLink link) => new(MprogFlags.Before | MprogFlags.Link, Relative.To(link));

    /// <summary>Directly behind a program.</summary>
    public static Place After(ExecutableProgram program) => new(MprogFlags.After, Relative.To(program));

    /// <summary>Directly behind a link's program.</summary>
    public static Place After(TcxLink link) => new(MprogFlags.After | MprogFlags.Link, Relative.To(link));

    /// <summary>Where a program is now, which goes; programs of links cannot be replaced so, update the link.</summary>
    public static Place Of(ExecutableProgram replaced) => new(MprogFlags.Replace, Relative.None, replaced);

    /// <summary>The kernel's flags.</summary>
    internal MprogFlags Flags { get; }

    /// <summary>The kernel's relative.</summary>
    internal Relative Relative { get; }

    /// <summary>The program that goes; null for none.</summary>
    internal ExecutableProgram? Replaced { get; }
}
