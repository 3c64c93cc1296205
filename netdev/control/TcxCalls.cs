using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Syscall;

namespace Netdev.Control;

/// <summary>The commands of bpf(2) that order programs on hooks, typed: descriptors, ids, interface numbers in, an errno out.</summary>
/// <remarks>
/// A thin layer in the way libbpf's is: every number is passed on as it is, wrong ones too. Whoever answers bpf(2) answers here: the simulated
/// kernel or the live one. Source: Linux 6.12 kernel/bpf/syscall.c.
/// </remarks>
/// <param name="calls">Who answers.</param>
public sealed class TcxCalls(IBpfCalls calls)
{
    private const int AttachBytes = 32, QueryBytes = 64, QueryCount = 24, QueryRevision = 56, InfoBytes = 64;

    /// <summary>Who answers.</summary>
    public IBpfCalls Calls { get; } = calls;

    /// <summary>BPF_PROG_ATTACH.</summary>
    public Errno Attach(in ProgAttachCall call) => Attach(BpfCommand.ProgAttach, call);

    /// <summary>BPF_PROG_DETACH.</summary>
    public Errno Detach(in ProgAttachCall call) => Attach(BpfCommand.ProgDetach, call);

    /// <summary>BPF_PROG_QUERY.</summary>
    public ProgQueryAnswer Query(in ProgQueryCall call)
    {
        var memory = Calls.Memory;
        memory.Reset();
        ulong attributes = memory.Allocate(QueryBytes), programs = 0, links = 0;
        int room = (int)Math.Min(call.Count, TcxHook.MaxPrograms) * sizeof(uint);
        if (room > 0) (programs, links) = (memory.Allocate(room), memory.Allocate(room));
        var bytes = memory.Bytes(attributes, QueryBytes);
        Words(bytes, call.Ifindex, (uint)call.AttachType, call.QueryFlags, call.AttachFlags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], programs);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[QueryCount..], call.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], links);
        var errno = Ask(BpfCommand.ProgQuery, attributes, QueryBytes);
        ulong revision = BinaryPrimitives.ReadUInt64LittleEndian(bytes[QueryRevision..]);
        // Without a revision nothing was written, and the count is still what was asked for.
        if (revision == 0) return new ProgQueryAnswer(errno, 0, 0, []);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[QueryCount..]);
        var slots = new (uint, uint)[Math.Min(call.Count, count)];
        for (int i = 0; i < slots.Length; i++) slots[i] = (memory.Ref<uint>(programs + (ulong)i * sizeof(uint)), memory.Ref<uint>(links + (ulong)i * sizeof(uint)));
        return new ProgQueryAnswer(errno, count, revision, slots);
    }

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="call">What.</param>
    /// <param name="link">Descriptor of the new link; 0 on error.</param>
    public Errno CreateLink(in LinkCreateCall call, out uint link)
    {
        ulong attributes = Put(AttachBytes, out var bytes);
        Words(bytes, call.Program, call.Ifindex, (uint)call.AttachType, (uint)call.Flags, call.Relative);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], call.ExpectedRevision);
        int answer = Calls.Bpf(BpfCommand.LinkCreate, attributes, AttachBytes);
        link = (uint)Math.Max(answer, 0);
        return (Errno)(-Math.Min(answer, 0));
    }

    /// <summary>BPF_LINK_UPDATE.</summary>
    public Errno UpdateLink(in LinkUpdateCall call)
    {
        ulong attributes = Put(16, out var bytes);
        Words(bytes, call.Link, call.Program, (uint)call.Flags, call.OldProgram);
        return Ask(BpfCommand.LinkUpdate, attributes, 16);
    }

    /// <summary>BPF_LINK_DETACH.</summary>
    public Errno DetachLink(uint link)
    {
        ulong attributes = Put(4, out var bytes);
        Words(bytes, link);
        return Ask(BpfCommand.LinkDetach, attributes, 4);
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a link. EBADFD, not EBADF, when the number is not open.</summary>
    public Errno LinkInfo(uint link, out LinkInfoAnswer info)
    {
        var errno = Info(link, out var bytes);
        info = errno == Errno.None ? new LinkInfoAnswer(At(bytes, 4), At(bytes, 8), At(bytes, 16), (AttachType)At(bytes, 20)) : default;
        return errno;
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a program: its id.</summary>
    public Errno ProgramId(uint program, out uint id)
    {
        var errno = Info(program, out var bytes);
        id = errno == Errno.None ? At(bytes, 4) : 0;
        return errno;
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD: which kind of object a descriptor stands for, told by the size of its struct, and its id.</summary>
    public (KernelObjectKind Kind, uint Id) Identify(uint descriptor)
    {
        const int largest = 256, idAt = 4, btfIdAt = 12;
        ulong attributes = Put(16, out var bytes), place = Calls.Memory.Allocate(largest);
        Words(bytes, descriptor, largest);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], place);
        if (Ask(BpfCommand.ObjGetInfoByFd, attributes, 16) != Errno.None) return (KernelObjectKind.None, 0);
        uint length = At(bytes, 4);
        var info = Calls.Memory.Bytes(place, largest);
        var kind = length switch { 32 => KernelObjectKind.Btf, 64 => KernelObjectKind.Link, >= 200 => KernelObjectKind.Prog, _ => KernelObjectKind.Map };
        return (kind, At(info, kind == KernelObjectKind.Btf ? btfIdAt : idAt));
    }

    /// <summary>close(2): the last descriptor of a link detaches it; an attached program stays.</summary>
    public Errno Close(uint descriptor) => Calls.Close((int)descriptor);

    private static uint At(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Words(Span<byte> bytes, params ReadOnlySpan<uint> words) => MemoryMarshal.AsBytes(words).CopyTo(bytes);

    private Errno Attach(BpfCommand command, in ProgAttachCall call)
    {
        ulong attributes = Put(AttachBytes, out var bytes);
        Words(bytes, call.Ifindex, call.Program, (uint)call.AttachType, (uint)call.Flags, call.Replace, call.Relative);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], call.ExpectedRevision);
        return Ask(command, attributes, AttachBytes);
    }

    private Errno Info(uint descriptor, out ReadOnlySpan<byte> info)
    {
        ulong attributes = Put(16, out var bytes), place = Calls.Memory.Allocate(InfoBytes);
        Words(bytes, descriptor, InfoBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], place);
        info = Calls.Memory.Bytes(place, InfoBytes);
        return Ask(BpfCommand.ObjGetInfoByFd, attributes, 16);
    }

    private ulong Put(int size, out Span<byte> bytes)
    {
        Calls.Memory.Reset();
        ulong attributes = Calls.Memory.Allocate(size);
        bytes = Calls.Memory.Bytes(attributes, size);
        return attributes;
    }

    private Errno Ask(BpfCommand command, ulong attributes, int size) => (Errno)(-Math.Min(Calls.Bpf(command, attributes, (uint)size), 0));
}

/// <summary>Kinds of objects that descriptors of bpf(2) stand for.</summary>
public enum KernelObjectKind
{
    /// <summary>None that has an info struct.</summary>
    None,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A program.</summary>
    Prog,

    /// <summary>A link.</summary>
    Link,

    /// <summary>A BTF.</summary>
    Btf,
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
