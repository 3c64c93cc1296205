using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>What BPF_PROG_ATTACH, BPF_PROG_DETACH and BPF_LINK_CREATE ask of an attach point. The program's type has been checked against the attach type.</summary>
public readonly record struct AttachRequest
{
    /// <summary>Who asks: descriptors and namespaces are the caller's.</summary>
    public required Process Caller { get; init; }

    /// <summary>The program, held for the call; null when a detach names none.</summary>
    public BpfProg? Prog { get; init; }

    /// <summary>Attach type.</summary>
    public required AttachType Type { get; init; }

    /// <summary>target_fd, or target_ifindex.</summary>
    public uint Target { get; init; }

    /// <summary>attach_flags, or a link's flags.</summary>
    public uint Flags { get; init; }

    /// <summary>replace_bpf_fd.</summary>
    public uint Replace { get; init; }

    /// <summary>relative_fd, or relative_id.</summary>
    public uint Relative { get; init; }

    /// <summary>expected_revision.</summary>
    public ulong ExpectedRevision { get; init; }
}

/// <summary>What BPF_PROG_QUERY asks.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Type">Attach type.</param>
/// <param name="Target">target_fd, or target_ifindex.</param>
/// <param name="QueryFlags">query_flags: 0 or BPF_F_QUERY_EFFECTIVE (1).</param>
/// <param name="AttachFlags">attach_flags as given; some attach points insist on 0.</param>
public readonly record struct QueryRequest(Process Caller, AttachType Type, uint Target, uint QueryFlags, uint AttachFlags);

/// <summary>What is attached, in order.</summary>
/// <param name="Errno">None, or why there is no answer; nothing is written then.</param>
/// <param name="Revision">Revision; null where an attach point has none.</param>
/// <param name="Slots">All programs, with the link each belongs to (0: none) and the flags it was attached with.</param>
public readonly record struct QueryReply(Errno Errno, ulong? Revision, IReadOnlyList<(uint ProgId, uint LinkId, uint Flags)> Slots)
{
    /// <summary>No answer, and why.</summary>
    public static QueryReply No(Errno errno) => new(errno, null, []);
}

/// <summary>Somewhere programs can be attached: the networking side registers them by attach type.</summary>
public interface IAttachPoint
{
    /// <summary>BPF_PROG_ATTACH.</summary>
    Errno Attach(in AttachRequest request);

    /// <summary>BPF_PROG_DETACH.</summary>
    Errno Detach(in AttachRequest request);

    /// <summary>BPF_PROG_QUERY.</summary>
    QueryReply Query(in QueryRequest request);

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="request">What.</param>
    /// <param name="link">The new link, known by id, with its maker's reference; null on error.</param>
    Errno CreateLink(in AttachRequest request, out BpfLink? link);
}
