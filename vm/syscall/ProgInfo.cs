using System.Buffers.Binary;
using System.Text;
using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>struct bpf_prog_info.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_get_info_by_fd.</remarks>
internal static class ProgInfo
{
    private const int Bytes = 232;

    public static Errno Get(Call call, BpfProg prog)
    {
        Span<byte> info = stackalloc byte[Bytes];
        info.Clear();
        var errno = ObjectInfo.TryLength(call, Bytes, out int bytes);
        if (errno != Errno.None) return errno;
        if (!call.Memory.TryRead(call.U64(8), info[..bytes])) return Errno.EFAULT;
        BinaryPrimitives.WriteInt32LittleEndian(info, (int)prog.Code.Type);
        BinaryPrimitives.WriteUInt32LittleEndian(info[4..], prog.Id);
        BinaryPrimitives.WriteUInt64LittleEndian(info[8..], prog.Tag);
        Encoding.ASCII.GetBytes(prog.Name, info[64..]);
        return ObjectInfo.Put(call, info, bytes);
    }
}
