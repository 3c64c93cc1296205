using System.Buffers.Binary;
using System.Text;
using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_OBJ_GET_INFO_BY_FD: the structs user space reads, of any size it knows.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_obj_get_info_by_fd and the functions it calls.</remarks>
internal static class ObjectInfo
{
    private const int Fd = 0, Length = 4, Info = 8, LargestInfo = 4096;

    public static int Get(Call call)
    {
        var file = call.Caller.Files.Acquire(call.U32(Fd));
        if (file is null) return Call.Fail(Errno.EBADFD);
        try
        {
            return Call.Fail(file.Target switch
            {
                BpfProg prog => ProgInfo.Get(call, prog),
                BpfMap map => Of(call, map),
                BpfBtf btf => Of(call, btf),
                BpfLink link => Of(call, link),
                _ => Errno.EINVAL,
            });
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>Looks whether the caller's struct is one the kernel can fill: what lies behind the part it knows must be zero.</summary>
    /// <param name="call">The call.</param>
    /// <param name="known">Bytes the kernel knows.</param>
    /// <param name="bytes">Bytes to fill: the smaller of both.</param>
    internal static Errno TryLength(Call call, int known, out int bytes) => TryLength(call, known, known, out bytes);

    /// <summary>The same for a struct that ends in padding.</summary>
    /// <param name="call">The call.</param>
    /// <param name="known">End of its last field.</param>
    /// <param name="whole">Its size.</param>
    /// <param name="bytes">Bytes to fill.</param>
    internal static Errno TryLength(Call call, int known, int whole, out int bytes)
    {
        uint given = call.U32(Length);
        bytes = (int)Math.Min(given, (uint)whole);
        if (given > LargestInfo) return Errno.E2BIG;
        if (given <= known) return Errno.None;
        var behind = new byte[given - known];
        if (!call.Memory.TryRead(call.U64(Info) + (ulong)known, behind)) return Errno.EFAULT;
        return behind.AsSpan().IndexOfAnyExcept((byte)0) >= 0 ? Errno.E2BIG : Errno.None;
    }

    /// <summary>Copies a struct out, as far as the caller has room, and says how long it is.</summary>
    internal static Errno Put(Call call, ReadOnlySpan<byte> info, int bytes) =>
        call.Memory.TryWrite(call.U64(Info), info[..bytes]) && call.TryPut(Length, (uint)bytes) ? Errno.None : Errno.EFAULT;

    private static Errno Of(Call call, BpfMap map)
    {
        Span<byte> info = stackalloc byte[88];
        info.Clear();
        var errno = TryLength(call, info.Length, out int bytes);
        if (errno != Errno.None) return errno;
        var spec = map.Spec;
        Word(info, 0, (uint)spec.Type);
        Word(info, 4, map.Id);
        Word(info, 8, spec.KeySize);
        Word(info, 12, spec.ValueSize);
        Word(info, 16, spec.MaxEntries);
        Word(info, 20, (uint)map.Flags);
        Encoding.Latin1.GetBytes(spec.Name.AsSpan(0, Math.Min(spec.Name.Length, BpfKernel.MostNameCharacters)), info[24..]);
        if (map.Btf is { } btf)
        {
            Word(info, 64, btf.Id);
            Word(info, 68, spec.KeyTypeId);
            Word(info, 72, spec.ValueTypeId);
        }
        BinaryPrimitives.WriteUInt64LittleEndian(info[80..], spec.Extra);
        return Put(call, info, bytes);
    }

    private static Errno Of(Call call, BpfBtf btf)
    {
        Span<byte> info = stackalloc byte[32];
        info.Clear();
        var errno = TryLength(call, info.Length, out int bytes);
        if (errno != Errno.None) return errno;
        if (!call.Memory.TryRead(call.U64(Info), info[..bytes])) return Errno.EFAULT;
        ulong data = Long(info, 0), name = Long(info, 16);
        uint room = BinaryPrimitives.ReadUInt32LittleEndian(info[8..]), nameRoom = BinaryPrimitives.ReadUInt32LittleEndian(info[24..]);
        if (!call.Memory.TryWrite(data, btf.Raw.Span[..(int)Math.Min(room, (uint)btf.Raw.Length)])) return Errno.EFAULT;
        Word(info, 8, (uint)btf.Raw.Length);
        Word(info, 12, btf.Id);
        Word(info, 28, btf.IsKernel ? 1u : 0u);
        errno = TryName(call, name, nameRoom, btf.Name);
        if (errno is not (Errno.None or Errno.ENOSPC)) return errno;
        Word(info, 24, (uint)btf.Name.Length);
        var put = Put(call, info, bytes);
        return put != Errno.None ? put : errno;
    }

    private static Errno Of(Call call, BpfLink link)
    {
        Span<byte> info = stackalloc byte[64];
        info.Clear();
        var errno = TryLength(call, info.Length, out int bytes);
        if (errno != Errno.None) return errno;
        if (!call.Memory.TryRead(call.U64(Info), info[..bytes])) return Errno.EFAULT;
        Word(info, 0, (uint)link.Type);
        Word(info, 4, link.Id);
        Word(info, 8, link.Prog?.Id ?? 0);
        link.WriteInfo(info[16..]);
        return Put(call, info, bytes);
    }

    /// <summary>A name with its NUL, cut where there is less room: ENOSPC then.</summary>
    private static Errno TryName(Call call, ulong address, uint room, string name)
    {
        if ((address == 0) != (room == 0)) return Errno.EINVAL;
        if (room == 0) return Errno.None;
        byte[] bytes = new byte[name.Length + 1];
        Encoding.ASCII.GetBytes(name, bytes);
        if (room >= bytes.Length) return call.Memory.TryWrite(address, bytes) ? Errno.None : Errno.EFAULT;
        bytes[room - 1] = 0;
        return call.Memory.TryWrite(address, bytes.AsSpan(0, (int)room)) ? Errno.ENOSPC : Errno.EFAULT;
    }

    private static void Word(Span<byte> info, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(info[offset..], value);

    private static ulong Long(ReadOnlySpan<byte> info, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(info[offset..]);
}
