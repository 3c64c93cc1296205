using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>Where a program goes, relative to the others. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_F_*.</summary>
[Flags]
public enum MprogFlags : uint
{
    /// <summary>At the end.</summary>
    None = 0,

    /// <summary>In place of another program.</summary>
    Replace = 1 << 2,

    /// <summary>Directly before the relative; without one, first.</summary>
    Before = 1 << 3,

    /// <summary>Directly after the relative; without one, last.</summary>
    After = 1 << 4,

    /// <summary>The relative is named by id.</summary>
    Id = 1 << 5,

    /// <summary>The relative is a link.</summary>
    Link = 1 << 13,
}

/// <summary>The program or link a position is relative to: what <c>relative_fd</c> and <c>relative_id</c> carry in the kernel's call.</summary>
/// <remarks>An object stands for a file descriptor; a number counts only with <see cref="MprogFlags.Id"/>.</remarks>
public readonly record struct Relative
{
    private Relative(object? target, uint id)
    {
        Target = target;
        Number = id;
    }

    /// <summary>Nothing.</summary>
    public static Relative None => default;

    /// <summary>A program.</summary>
    public static Relative To(ExecutableProgram program) => new(program, 0);

    /// <summary>A link; goes with <see cref="MprogFlags.Link"/>.</summary>
    public static Relative To(TcxLink link) => new(link, 0);

    /// <summary>An id; goes with <see cref="MprogFlags.Id"/>.</summary>
    public static Relative ToId(uint id) => new(null, id);

    /// <summary>Whatever an open descriptor stands for, be it of use or not.</summary>
    internal static Relative To(object target) => new(target, 0);

    internal object? Target { get; }

    internal uint Number { get; }
}

/// <summary>One attached program as a query reports it.</summary>
/// <param name="Program">The program.</param>
/// <param name="Link">The link that owns the place; null when the program was attached by itself.</param>
public readonly record struct TcxEntry(ExecutableProgram Program, TcxLink? Link)
{
    /// <summary>Program id.</summary>
    public uint ProgramId => Program.Id;

    /// <summary>Link id; 0 without a link.</summary>
    public uint LinkId => Link?.Id ?? 0;
}

/// <summary>What a hook's query writes besides the ids.</summary>
/// <param name="Errno">None; ENOSPC when the buffers were too short; EINVAL for flags.</param>
/// <param name="Count">Programs attached, all of them.</param>
/// <param name="Revision">Current revision; 1 when nothing is attached.</param>
public readonly record struct TcxQuery(Vm.Abi.Errno Errno, int Count, ulong Revision);
