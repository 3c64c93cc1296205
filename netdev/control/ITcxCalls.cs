using Netdev.Tcx;
using Vm.Abi;

namespace Netdev.Control;

/// <summary>The commands of bpf(2) that order programs on tcx hooks, in the kernel's own terms: descriptors, ids, interface numbers.</summary>
/// <remarks>
/// One interface, several hosts: <see cref="TcxServer"/> answers for a simulated network; a live kernel can stand behind it as well.
/// Every number may be wrong, and the answer is then the errno the kernel gives. Source: Linux 6.12 kernel/bpf/syscall.c.
/// </remarks>
public interface ITcxCalls
{
    /// <summary>BPF_PROG_ATTACH.</summary>
    Errno Attach(in ProgAttachCall call);

    /// <summary>BPF_PROG_DETACH.</summary>
    Errno Detach(in ProgAttachCall call);

    /// <summary>BPF_PROG_QUERY.</summary>
    ProgQueryAnswer Query(in ProgQueryCall call);

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="call">What.</param>
    /// <param name="link">Descriptor of the new link; 0 on error.</param>
    Errno CreateLink(in LinkCreateCall call, out uint link);

    /// <summary>BPF_LINK_UPDATE.</summary>
    Errno UpdateLink(in LinkUpdateCall call);

    /// <summary>BPF_LINK_DETACH.</summary>
    Errno DetachLink(uint link);

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a link. EBADFD, not EBADF, when the number is not open.</summary>
    Errno LinkInfo(uint link, out LinkInfoAnswer info);

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a program: its id.</summary>
    Errno ProgramId(uint program, out uint id);

    /// <summary>close(2): the last descriptor of a link detaches it; an attached program stays.</summary>
    Errno Close(uint descriptor);
}

/// <summary>Attributes of BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
/// <param name="Ifindex">Interface number.</param>
/// <param name="Program">Program descriptor; 0 lets a detach choose by position.</param>
/// <param name="AttachType">Hook.</param>
/// <param name="Flags">Position.</param>
/// <param name="Replace">With REPLACE: descriptor of the program that goes.</param>
/// <param name="Relative">Descriptor or, with ID, id of the relative.</param>
/// <param name="ExpectedRevision">0, or the revision the caller saw.</param>
public readonly record struct ProgAttachCall(
    uint Ifindex, uint Program, AttachType AttachType, MprogFlags Flags = 0, uint Replace = 0, uint Relative = 0, ulong ExpectedRevision = 0);

/// <summary>Attributes of BPF_LINK_CREATE on a tcx hook.</summary>
/// <inheritdoc cref="ProgAttachCall"/>
public readonly record struct LinkCreateCall(
    uint Ifindex, uint Program, AttachType AttachType, MprogFlags Flags = 0, uint Relative = 0, ulong ExpectedRevision = 0);

/// <summary>Attributes of BPF_LINK_UPDATE.</summary>
/// <param name="Link">Link descriptor.</param>
/// <param name="Program">Descriptor of the new program.</param>
/// <param name="Flags">None or REPLACE.</param>
/// <param name="OldProgram">With REPLACE: descriptor of the program that must be current.</param>
public readonly record struct LinkUpdateCall(uint Link, uint Program, MprogFlags Flags = 0, uint OldProgram = 0);

/// <summary>Attributes of BPF_PROG_QUERY.</summary>
/// <param name="Ifindex">Interface number.</param>
/// <param name="AttachType">Hook.</param>
/// <param name="Count">Room for this many programs; 0 asks for the count only.</param>
/// <param name="QueryFlags">Must be 0.</param>
/// <param name="AttachFlags">Must be 0.</param>
public readonly record struct ProgQueryCall(uint Ifindex, AttachType AttachType, uint Count, uint QueryFlags = 0, uint AttachFlags = 0);

/// <summary>What a query wrote.</summary>
/// <param name="Errno">None; ENOSPC when there was not room for all.</param>
/// <param name="Count">Programs attached, all of them; 0 when nothing was written.</param>
/// <param name="Revision">Current revision; 0 when nothing was written.</param>
/// <param name="Slots">Those that fitted, in order.</param>
public readonly record struct ProgQueryAnswer(Errno Errno, uint Count, ulong Revision, IReadOnlyList<(uint ProgramId, uint LinkId)> Slots);

/// <summary>What struct bpf_link_info says of a tcx link.</summary>
/// <param name="Id">Link id.</param>
/// <param name="ProgramId">Id of its program.</param>
/// <param name="Ifindex">Interface number; 0 once detached or when the device is gone.</param>
/// <param name="AttachType">Hook; kept after detaching.</param>
public readonly record struct LinkInfoAnswer(uint Id, uint ProgramId, uint Ifindex, AttachType AttachType);
