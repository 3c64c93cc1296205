using System.Buffers.Binary;
using Netdev.Control;
using Vm.Abi;

namespace Sim.Live;

/// <summary>The live kernel behind the tcx calls. Interface numbers are those of the calling thread's network namespace.</summary>
/// <remarks>Numbers are passed on as they are, wrong ones too. Closed are only descriptors it made or was given.</remarks>
internal sealed class KernelTcx : ITcxCalls, IDisposable
{
    private const int IdBytes = 4, ProgIdOffset = 4, LinkIdOffset = 4, LinkProgOffset = 8, LinkIfindexOffset = 16, LinkAttachOffset = 20, InfoBytes = 256;

    private readonly Dictionary<uint, IDisposable> _open = [];

    /// <summary>Takes over a descriptor, to close it when told or in the end.</summary>
    /// <returns>The descriptor.</returns>
    public uint Adopt(uint descriptor, IDisposable owner)
    {
        _open.Add(descriptor, owner);
        return descriptor;
    }

    /// <inheritdoc/>
    public Errno Attach(in ProgAttachCall call) => Attach(BpfCommand.ProgAttach, call);

    /// <inheritdoc/>
    public Errno Detach(in ProgAttachCall call) => Attach(BpfCommand.ProgDetach, call);

    /// <inheritdoc/>
    public ProgQueryAnswer Query(in ProgQueryCall call)
    {
        int room = (int)call.Count * IdBytes;
        PinnedBytes programs = new(room), links = new(room);
        var attributes = new ProgQueryAttr
        {
            Ifindex = call.Ifindex,
            AttachType = (uint)call.AttachType,
            QueryFlags = call.QueryFlags,
            AttachFlags = call.AttachFlags,
            ProgIds = room == 0 ? 0 : programs.Address,
            LinkIds = room == 0 ? 0 : links.Address,
            Count = call.Count,
        };
        var errno = BpfSyscall.Call(BpfCommand.ProgQuery, ref attributes);
        GC.KeepAlive(programs);
        GC.KeepAlive(links);
        // Without a revision the kernel wrote nothing, and the count is still what was asked for.
        if (attributes.Revision == 0) return new ProgQueryAnswer(errno, 0, 0, []);
        var slots = new (uint, uint)[Math.Min(call.Count, attributes.Count)];
        for (int i = 0; i < slots.Length; i++) slots[i] = (At(programs, i * IdBytes), At(links, i * IdBytes));
        return new ProgQueryAnswer(errno, attributes.Count, attributes.Revision, slots);
    }

    /// <inheritdoc/>
    public Errno CreateLink(in LinkCreateCall call, out uint link)
    {
        var attributes = new LinkCreateAttr
        {
            ProgFd = call.Program,
            Ifindex = call.Ifindex,
            AttachType = (uint)call.AttachType,
            Flags = (uint)call.Flags,
            Relative = call.Relative,
            ExpectedRevision = call.ExpectedRevision,
        };
        var errno = BpfSyscall.Call(BpfCommand.LinkCreate, ref attributes, out int descriptor);
        link = errno == Errno.None ? Adopt((uint)descriptor, new KernelHandle(descriptor)) : 0;
        return errno;
    }

    /// <inheritdoc/>
    public Errno UpdateLink(in LinkUpdateCall call)
    {
        var attributes = new LinkUpdateAttr { LinkFd = call.Link, NewProgFd = call.Program, Flags = (uint)call.Flags, OldProgFd = call.OldProgram };
        return BpfSyscall.Call(BpfCommand.LinkUpdate, ref attributes);
    }

    /// <inheritdoc/>
    public Errno DetachLink(uint link)
    {
        var attributes = new LinkUpdateAttr { LinkFd = link };
        return BpfSyscall.Call(BpfCommand.LinkDetach, ref attributes);
    }

    /// <inheritdoc/>
    public Errno LinkInfo(uint link, out LinkInfoAnswer info)
    {
        var errno = Info(link, out var bytes);
        info = errno == Errno.None
            ? new LinkInfoAnswer(At(bytes, LinkIdOffset), At(bytes, LinkProgOffset), At(bytes, LinkIfindexOffset), (AttachType)At(bytes, LinkAttachOffset))
            : default;
        return errno;
    }

    /// <inheritdoc/>
    public Errno ProgramId(uint program, out uint id)
    {
        var errno = Info(program, out var bytes);
        id = errno == Errno.None ? At(bytes, ProgIdOffset) : 0;
        return errno;
    }

    /// <inheritdoc/>
    public Errno Close(uint descriptor)
    {
        if (!_open.Remove(descriptor, out var owner)) return Errno.EBADF;
        owner.Dispose();
        return Errno.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owner in _open.Values) owner.Dispose();
        _open.Clear();
    }

    private static Errno Attach(BpfCommand command, in ProgAttachCall call)
    {
        var attributes = new ProgAttachAttr
        {
            Ifindex = call.Ifindex,
            ProgFd = call.Program,
            AttachType = (uint)call.AttachType,
            Flags = (uint)call.Flags,
            ReplaceFd = call.Replace,
            Relative = call.Relative,
            ExpectedRevision = call.ExpectedRevision,
        };
        return BpfSyscall.Call(command, ref attributes);
    }

    private static Errno Info(uint descriptor, out PinnedBytes info)
    {
        info = new PinnedBytes(InfoBytes);
        var attributes = new ObjectInfoAttr { Fd = descriptor, InfoBytes = InfoBytes, Info = info.Address };
        return BpfSyscall.Call(BpfCommand.ObjGetInfoByFd, ref attributes);
    }

    private static uint At(PinnedBytes bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Bytes.AsSpan(offset));
}
