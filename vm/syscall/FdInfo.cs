using System.Buffers.Binary;
using System.Numerics;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>The text of /proc/PID/fdinfo/N for descriptors of bpf(2).</summary>
/// <remarks>
/// Mount and inode numbers are left out: such files are in no mount here. memlock counts the bytes of keys and values and the pages of
/// instructions; a kernel's has its own structures too.
/// Source: Linux 6.12 fs/proc/fd.c, seq_show; kernel/bpf/syscall.c, bpf_map_show_fdinfo, bpf_prog_show_fdinfo, bpf_link_show_fdinfo; token.c; btf.c.
/// </remarks>
public static class FdInfo
{
    private const int PageBytes = 4096, ProgHeaderBytes = 72, InsnBytes = 8;

    /// <summary>The text for a descriptor of a file, each line <c>name:\tvalue</c>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kernel">Whose it is.</param>
    public static string Of(OpenFile file, BpfKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(kernel);
        string[] lines = ["pos:\t0", $"flags:\t{Flags(file)}", .. file.Target switch
        {
            BpfMap map => Of(map),
            BpfProg prog => Of(prog),
            BpfLink link => Of(link, kernel),
            BpfBtf btf => [$"btf_id:\t{btf.Id}"],
            BpfToken token => Of(token),
            _ => (IEnumerable<string>)[],
        }];
        return string.Concat(lines.Select(line => $"{line}\n"));
    }

    private static IEnumerable<string> Of(BpfMap map)
    {
        var spec = map.Spec;
        yield return $"map_type:\t{(int)spec.Type}";
        yield return $"key_size:\t{spec.KeySize}";
        yield return $"value_size:\t{spec.ValueSize}";
        yield return $"max_entries:\t{spec.MaxEntries}";
        yield return $"map_flags:\t0x{(uint)spec.Flags:x}";
        yield return $"map_extra:\t0x{spec.Extra:x}";
        yield return $"memlock:\t{(Round(spec.KeySize) + (ulong)map.Memory.UserValueBytes) * Math.Max(spec.MaxEntries, 1)}";
        yield return $"map_id:\t{map.Id}";
        yield return $"frozen:\t{(map.Frozen ? 1 : 0)}";
        if (map.Memory is not ProgArrayMap { Owner: { } owner }) yield break;
        yield return $"owner_prog_type:\t{(int)owner.Type}";
        // Programs of one kernel are all compiled or all not; those the kernel here is held against are.
        yield return "owner_jited:\t1";
    }

    private static IEnumerable<string> Of(BpfProg prog) =>
    [
        $"prog_type:\t{(int)prog.Code.Type}",
        $"prog_jited:\t{(prog.Code.Engine == "jit" ? 1 : 0)}",
        $"prog_tag:\t{Tag(prog.Tag)}",
        $"memlock:\t{(ProgHeaderBytes + InsnBytes * prog.Xlated.Count + PageBytes - 1) / PageBytes * PageBytes}",
        $"prog_id:\t{prog.Id}",
        "run_time_ns:\t0",
        "run_cnt:\t0",
        "recursion_misses:\t0",
        $"verified_insns:\t{prog.VerifiedInsns}",
    ];

    private static IEnumerable<string> Of(BpfLink link, BpfKernel kernel)
    {
        yield return $"link_type:\t{NameOf(link.Type)}";
        yield return $"link_id:\t{link.Id}";
        if (link.Prog is { } code)
        {
            yield return $"prog_tag:\t{(kernel.Progs.TryGet(code.Id, out var prog) ? Tag(prog.Tag) : Tag(0))}";
            yield return $"prog_id:\t{code.Id}";
        }
        foreach (string line in link.FdInfo()) yield return line;
    }

    private static IEnumerable<string> Of(BpfToken token) =>
    [
        $"allowed_cmds:\t{Allowed(token.Allowed.Commands, (int)BpfCommand.TokenCreate + 1)}",
        $"allowed_maps:\t{Allowed(token.Allowed.MapTypes, (int)MapType.Arena + 1)}",
        $"allowed_progs:\t{Allowed(token.Allowed.ProgTypes, (int)ProgramType.Netfilter + 1)}",
        $"allowed_attachs:\t{Allowed(token.Allowed.AttachTypes, (int)AttachType.TraceKprobeSession + 1)}",
    ];

    private static string Allowed(ulong mask, int kinds) => BitOperations.TrailingZeroCount(~mask) >= kinds ? "any" : $"0x{mask:x}";

    // O_CLOEXEC with the access mode, octal.
    private static string Flags(OpenFile file) => file.Target switch
    {
        BpfMap => file.Rights switch { FileRights.Read => "02000000", FileRights.Write => "02000001", _ => "02000002" },
        BpfProg or BpfToken => "02000002",
        _ => "02000000",
    };

    private static string NameOf(BpfLinkType type) => type switch
    {
        BpfLinkType.Xdp => "xdp",
        BpfLinkType.Tcx => "tcx",
        _ => $"<{(int)type}>",
    };

    private static string Tag(ulong tag)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, tag);
        return Convert.ToHexStringLower(bytes);
    }

    private static ulong Round(uint bytes) => (bytes + 7ul) & ~7ul;
}
