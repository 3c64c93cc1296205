using System.Text;
using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_OBJ_PIN and BPF_OBJ_GET: objects by path in a bpf file system.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_obj_pin, bpf_obj_get; kernel/bpf/inode.c, bpf_obj_do_pin, bpf_obj_do_get.</remarks>
internal static class Pinning
{
    private const int Path = 0, Fd = 8, Flags = 12, PathFd = 16, MostPath = 4096;

    /// <summary>AT_FDCWD.</summary>
    private const int CurrentDirectory = -100;

    private const MapFlags RightFlags = MapFlags.RdOnly | MapFlags.WrOnly;

    public static int Pin(Call call)
    {
        var flags = (MapFlags)call.U32(Flags);
        if ((flags & ~MapFlags.PathFd) != 0 || ((flags & MapFlags.PathFd) == 0 && call.U32(PathFd) != 0)) return Call.Fail(Errno.EINVAL);
        var file = call.Caller.Files.Acquire(call.U32(Fd));
        try
        {
            if (file?.Target is not (BpfMap or BpfProg or BpfLink)) return Call.Fail(Errno.EINVAL);
            var target = (IKernelObject)file.Target;
            var errno = From(call, flags, out var from, out string path);
            if (errno != Errno.None) return Call.Fail(errno);
            if (!target.TryHold()) return Call.Fail(Errno.EINVAL);
            errno = call.Kernel.Files.Pin(call.Caller, path, target, from);
            if (errno != Errno.None) target.LetGo();
            return Call.Fail(errno);
        }
        finally
        {
            file?.Release();
        }
    }

    public static int Get(Call call)
    {
        var flags = (MapFlags)call.U32(Flags);
        if (call.U32(Fd) != 0 || (flags & ~(RightFlags | MapFlags.PathFd)) != 0 || ((flags & MapFlags.PathFd) == 0 && call.U32(PathFd) != 0)) return Call.Fail(Errno.EINVAL);
        if (!MapCreation.TryRights(flags, out var rights)) return Call.Fail(Errno.EINVAL);
        var errno = From(call, flags, out var from, out string path);
        if (errno != Errno.None) return Call.Fail(errno);
        errno = call.Kernel.Files.Find(call.Caller, path, out var node, from);
        if (errno != Errno.None) return Call.Fail(errno);
        int wanted = ((rights & FileRights.Read) != 0 ? 4 : 0) | ((rights & FileRights.Write) != 0 ? 2 : 0);
        if (!node!.Allows(call.Caller, wanted) || node is not FsPin { Target: var target }) return Call.Fail(Errno.EACCES);
        if (target is BpfLink && rights != FileRights.ReadWrite) return Call.Fail(Errno.EINVAL);
        if (!target.TryHold()) return Call.Fail(Errno.ENOENT);
        return call.Caller.Files.Open(target, target is BpfMap ? rights : FileRights.ReadWrite);
    }

    /// <summary>Where a path starts, and the path. A relative one starts where path_fd says, or at the root: processes here have no other directory.</summary>
    private static Errno From(Call call, MapFlags flags, out FsDirectory? from, out string path)
    {
        from = null;
        var errno = TryPath(call, out path);
        if (errno != Errno.None) return errno;
        int descriptor = (int)call.U32(PathFd);
        if ((flags & MapFlags.PathFd) == 0 || descriptor == CurrentDirectory || path.StartsWith('/')) return path.Length == 0 ? Errno.ENOENT : Errno.None;
        if (path.Length == 0) return Errno.ENOENT;
        var file = call.Caller.Files.Acquire((uint)descriptor);
        from = file?.Target as FsDirectory;
        file?.Release();
        return file is null ? Errno.EBADF : from is null ? Errno.ENOTDIR : Errno.None;
    }

    private static Errno TryPath(Call call, out string path)
    {
        var bytes = new byte[MostPath];
        ulong address = call.U64(Path);
        path = "";
        for (int at = 0; at < bytes.Length; at++)
        {
            if (!call.Memory.TryRead(address + (ulong)at, bytes.AsSpan(at, 1))) return Errno.EFAULT;
            if (bytes[at] != 0) continue;
            path = Encoding.Latin1.GetString(bytes.AsSpan(0, at));
            return Errno.None;
        }
        return Errno.ENAMETOOLONG;
    }
}
