using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netdev.Control;
using Vm.Abi;

namespace Sim.Kernel;

/// <summary>The live kernel behind the tcx calls. Interface numbers are those of the calling thread's network namespace.</summary>
/// <remarks>Numbers are passed on as they are, wrong ones too; nothing is closed but what <see cref="Close"/> is told.</remarks>
internal sealed class KernelTcx : ITcxCalls
{
    private const int IdBytes = 4, ProgIdOffset = 4, LinkIdOffset = 4, LinkProgOffset = 8, LinkIfindexOffset = 16, LinkAttachOffset = 20, InfoBytes = 256;

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
        link = errno == Errno.None ? (uint)descriptor : 0;
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
    public Errno Close(uint descriptor) => CloseDescriptor((int)descriptor) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

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

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseDescriptor(int descriptor);
}
