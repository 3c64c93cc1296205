using Vm.Abi;

namespace Sim.Control;

/// <summary>A field of union bpf_attr, as one command sees it.</summary>
/// <param name="Name">The kernel's name.</param>
/// <param name="Offset">Byte offset.</param>
/// <param name="Bytes">4, 8, or more for characters that lie in the attributes.</param>
/// <param name="IsOutput">True when the command may write it.</param>
internal readonly record struct BpfField(string Name, int Offset, int Bytes, bool IsOutput);

/// <summary>The fields of every command by the names programs write: what scripts say instead of offsets.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, union bpf_attr.</remarks>
internal static class BpfFields
{
    private const string MapElement = "map_fd:0 key:8:8 value:16:8 next_key:16:8 flags:24:8", Batch = "in_batch:0:8 out_batch:8:8 keys:16:8 values:24:8 count:32! map_fd:36 elem_flags:40:8 flags:48:8",
        Attach = "target_fd:0 target_ifindex:0 attach_bpf_fd:4 attach_type:8 attach_flags:12 replace_bpf_fd:16 relative_fd:20 relative_id:20 expected_revision:24:8",
        ById = "start_id:0 prog_id:0 map_id:0 btf_id:0 link_id:0 next_id:4! open_flags:8", Pin = "pathname:0:8 bpf_fd:8 file_flags:12 path_fd:16";

    // sizeof(union bpf_attr).
    private const int AllBytes = 152;

    private static readonly string[] s_commands =
    [
        "map_type:0 key_size:4 value_size:8 max_entries:12 map_flags:16 inner_map_fd:20 numa_node:24 map_name:28:16 map_ifindex:44 btf_fd:48 btf_key_type_id:52 btf_value_type_id:56 " +
            "btf_vmlinux_value_type_id:60 map_extra:64:8 value_type_btf_obj_fd:72 map_token_fd:76",
        MapElement, MapElement, "map_fd:0 key:8:8", "map_fd:0 key:8:8 next_key:16:8",
        "prog_type:0 insn_cnt:4 insns:8:8 license:16:8 log_level:24 log_size:28 log_buf:32:8 kern_version:40 prog_flags:44 prog_name:48:16 prog_ifindex:64 expected_attach_type:68 prog_btf_fd:72 " +
            "func_info_rec_size:76 func_info:80:8 func_info_cnt:88 line_info_rec_size:92 line_info:96:8 line_info_cnt:104 attach_btf_id:108 attach_prog_fd:112 core_relo_cnt:116 fd_array:120:8 " +
            "core_relos:128:8 core_relo_rec_size:136 log_true_size:140! prog_token_fd:144",
        Pin, Pin, Attach, Attach,
        "prog_fd:0 retval:4! data_size_in:8 data_size_out:12! data_in:16:8 data_out:24:8 repeat:32 duration:36 ctx_size_in:40 ctx_size_out:44! ctx_in:48:8 ctx_out:56:8 flags:64 cpu:68 batch_size:72",
        ById, ById, ById, ById, "bpf_fd:0 info_len:4! info:8:8",
        "target_fd:0 target_ifindex:0 attach_type:4 query_flags:8 attach_flags:12! prog_ids:16:8 prog_cnt:24! prog_attach_flags:32:8 link_ids:40:8 link_attach_flags:48:8 revision:56:8!",
        "name:0:8 prog_fd:8 cookie:16:8", "btf:0:8 btf_log_buf:8:8 btf_size:16 btf_log_size:20 btf_log_level:24 btf_log_true_size:28! btf_flags:32 btf_token_fd:36", ById,
        "pid:0 fd:4 flags:8 buf_len:12! buf:16:8 prog_id:24! fd_type:28! probe_offset:32:8! probe_addr:40:8!", MapElement, "map_fd:0", ById, Batch, Batch, Batch, Batch,
        "prog_fd:0 map_fd:0 target_fd:4 target_ifindex:4 attach_type:8 flags:12 relative_fd:16 relative_id:16 target_btf_id:16 iter_info:16:8 iter_info_len:24 expected_revision:24:8",
        "link_fd:0 new_prog_fd:4 new_map_fd:4 flags:8 old_prog_fd:12 old_map_fd:12", ById, ById, "type:0", "link_fd:0 flags:4", "link_fd:0", "prog_fd:0 map_fd:4 flags:8", "flags:0 bpffs_fd:4",
    ];

    private static readonly BpfField[][] s_fields = [.. s_commands.Select(line => line.Split(' ').Select(Read).ToArray())];

    /// <summary>Fields of a command; none of one there is not.</summary>
    public static IReadOnlyList<BpfField> Of(BpfCommand command) => (uint)command < s_fields.Length ? s_fields[(int)command] : [];

    /// <summary>Bytes of attributes a caller that knows all fields gives.</summary>
    public static int Size(BpfCommand command) => Of(command).Select(field => field.Offset + field.Bytes).DefaultIfEmpty(AllBytes).Max();

    // name:offset[:bytes], ! for what the kernel writes.
    private static BpfField Read(string word)
    {
        bool output = word.EndsWith('!');
        string[] parts = word.TrimEnd('!').Split(':');
        return new BpfField(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts.Length > 2 ? int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) : 4, output);
    }
}
