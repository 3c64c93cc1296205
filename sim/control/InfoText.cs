using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Sim.Control;

/// <summary>Structs BPF_OBJ_GET_INFO_BY_FD fills.</summary>
internal enum InfoStruct
{
    Prog,
    Map,
    Btf,
    Link,
}

/// <summary>What is to be said of an info struct: the members that are the same on every machine.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct bpf_map_info, bpf_prog_info, bpf_link_info, bpf_btf_info.</remarks>
internal static class InfoText
{
    /// <summary>Bytes of a struct of Linux 6.12.</summary>
    public static int Bytes(InfoStruct shape) => shape switch
    {
        InfoStruct.Prog => 232,
        InfoStruct.Map => 88,
        InfoStruct.Btf => 32,
        _ => 64,
    };

    /// <summary>Its members in words; ids are left out, they are chance.</summary>
    public static string Of(InfoStruct shape, ReadOnlySpan<byte> info) => shape switch
    {
        InfoStruct.Map => $"type={Word(info, 0)} key_size={Word(info, 8)} value_size={Word(info, 12)} max_entries={Word(info, 16)} map_flags=0x{Word(info, 20):x} name={Text(info[24..40])}",
        InfoStruct.Prog => $"type={Word(info, 0)} name={Text(info[64..80])} nr_map_ids={Word(info, 52)} gpl={Word(info, 84) & 1}",
        InfoStruct.Link => $"type={Word(info, 0)} ifindex={(Word(info, 16) == 0 ? "0" : "set")} attach_type={Word(info, 20)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"btf_size={Word(info, 8)} kernel_btf={Word(info, 28)}"),
    };

    private static uint Word(ReadOnlySpan<byte> info, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(info[offset..]);

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
