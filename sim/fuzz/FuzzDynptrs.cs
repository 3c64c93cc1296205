namespace Sim.Fuzz;

/// <summary>Statements about dynptrs of every kind: made, copied, narrowed, read, written, looked into with sizes that no memory has.</summary>
internal sealed class FuzzDynptrs(FuzzText text)
{
    /// <summary>Sizes and offsets around which a number fits one width and not another.</summary>
    private static readonly ulong[] s_edges =
    [
        0, 8, 16, 0x1fff_ffff, 0x2000_0000, 0x7fff_fff0, 0x7fff_ffff, 0x8000_0000, 0x8000_0010, 0xffff_fff0, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0008, 0x1_0000_0010, 0x1_8000_0008,
        0x7fff_ffff_ffff_fff8, 0x8000_0000_0000_0000, 0x8000_0000_0000_0010, 0xffff_ffff_ffff_ffff,
    ];

    /// <summary>The edges, as operands of a wide move.</summary>
    public static IEnumerable<string> Edges => s_edges.Select(Operand);

    /// <summary>A number near an edge, as an operand of a wide move.</summary>
    public static string Edge(FuzzText text) => Operand(text.Pick(s_edges));

    private static string Operand(ulong number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{number:x}");

    public void Any()
    {
        int kind = text.Choose(text.HasPacket ? 5 : 2);
        if (kind == 1) Record();
        else
        {
            bool packet = kind > 1;
            if (packet) text.CallKernel(text.IsXdp ? "bpf_dynptr_from_xdp" : "bpf_dynptr_from_skb", ["r1 = r6", $"r2 = {(text.OneIn(12) ? 1 : 0)}", .. FuzzText.Stack(3, FuzzText.Dynptr)]);
            else text.Call(197, ["r1 = r9", $"r2 = {1 + text.Choose(64)}", "r3 = 0", .. FuzzText.Stack(4, FuzzText.Dynptr)]);
            for (int i = 1 + text.Choose(3); i > 0; i--) Use(FuzzText.Dynptr, packet);
        }
    }

    /// <summary>A record of the ring buffer behind a dynptr: it has to be given back.</summary>
    private void Record()
    {
        int bytes = 8 * (1 + text.Choose(4));
        string none = text.Label();
        string[] get = [$"r1 = map_idx[{FuzzMaps.Ring}]", $"r2 = {bytes}", $"r3 = {(text.OneIn(8) ? 1 : 0)}", .. FuzzText.Stack(4, FuzzText.OtherDynptr), "call 198"];
        // Fresh records hold what was there before, so all of one is written.
        string[] fill = [.. FuzzText.Stack(1, FuzzText.OtherDynptr), "r2 = 0", .. FuzzText.Stack(3, FuzzText.Buffer), $"r4 = {bytes}", "r5 = 0", "call 202"];
        string[] look = text.OneIn(2) ? [] : [.. FuzzText.Stack(1, FuzzText.OtherDynptr), "r2 = 0", "r3 = 8", "call 203", $"if r0 == 0 goto {none}", $"*(u64 *)(r0 +0) = {text.Constant()}", $"{none}:"];
        text.Unit([.. get, .. fill, .. look, .. FuzzText.Stack(1, FuzzText.OtherDynptr), $"r2 = {text.Choose(3)}", $"call {text.Pick(199, 200)}", "r0 = 3"]);
        text.Reload();
    }

    private void Use(int dynptr, bool packet)
    {
        string[] at = FuzzText.Stack(1, dynptr);
        switch (text.Choose(9))
        {
            case 0: text.Call(201, [.. FuzzText.Stack(1, FuzzText.Buffer), $"r2 = {1 + text.Choose(FuzzText.BufferBytes)}", .. FuzzText.Stack(3, dynptr), $"r4 = {text.Choose(70)}", $"r5 = {text.Pick(0, 0, 0, 1)}"]); break;
            case 1: text.Call(202, [.. at, $"r2 = {text.Choose(70)}", .. FuzzText.Stack(3, FuzzText.Buffer), $"r4 = {1 + text.Choose(FuzzText.BufferBytes)}", $"r5 = {text.Pick(0, 0, 0, packet ? 0 : 1)}"]); break;
            case 2: Look(["call 203"], [.. at, $"r2 = {text.Choose(70)}"], 3, writes: true); break;
            case 3: text.CallKernel("bpf_dynptr_adjust", [.. at, $"r2 = {text.Choose(20)}", text.OneIn(3) ? $"r3 = {Edge(text)} ll" : $"r3 = {text.Choose(64)}"]); break;
            case 4 when text.OneIn(3): text.CallKernel("bpf_dynptr_size", at); break;
            case 4:
                foreach (string line in at) text.Line(line);
                // What is above the byte a bool takes is the compiler's affair.
                text.Unit($"call {text.Pick("bpf_dynptr_is_null", "bpf_dynptr_is_rdonly")}", "r0 &= 255");
                text.Reload();
                break;
            case 5:
                text.CallKernel("bpf_dynptr_clone", [.. at, .. FuzzText.Stack(2, FuzzText.OtherDynptr)]);
                if (dynptr == FuzzText.Dynptr) Use(FuzzText.OtherDynptr, packet);
                break;
            default: Slice(at); break;
        }
    }

    /// <summary>A slice, with a buffer of its size or none and any size.</summary>
    private void Slice(string[] at)
    {
        bool writes = !text.IsSyscall && text.OneIn(2), buffer = text.OneIn(3);
        string offset = text.OneIn(8) ? $"r2 = {Edge(text)} ll" : $"r2 = {text.Choose(60)}";
        string[] place = buffer ? FuzzText.Stack(3, FuzzText.Buffer) : ["r3 = 0"];
        Look([$"call {(writes ? "bpf_dynptr_slice_rdwr" : "bpf_dynptr_slice")}"], [.. at, offset, .. place], 4, writes, most: buffer ? FuzzText.BufferBytes : int.MaxValue);
    }

    /// <summary>A call that answers with an address or null, and a look at what is there, as far as the size goes or a little further.</summary>
    private void Look(string[] call, string[] arguments, int sizeRegister, bool writes, int most = int.MaxValue)
    {
        string none = text.Label();
        bool edge = most == int.MaxValue && text.OneIn(2);
        ulong size = edge ? text.Pick(s_edges) : (ulong)(1 + text.Choose(32));
        string number = $"r{sizeRegister} = {Operand(size)} ll";
        // As far as the low half of the size goes, and now and then too far.
        int fits = (int)Math.Min((uint)size, 0x7ff0);
        int reach = text.OneIn(size > uint.MaxValue ? 2 : 10) ? fits + text.Pick(1, 100, 0x1000, 0x7000) : Math.Max(1, fits - text.Choose(9));
        if (reach > 0x7ff0) reach = 0x7ff0;
        string[] access = fits == 0 && size == 0 && !text.OneIn(8) ? [] : Access(reach, writes && text.OneIn(2));
        foreach (string line in arguments) text.Line(line);
        text.Line(number);
        text.Unit([.. call, $"if r0 == 0 goto {none}", .. access, $"{none}:", "r0 = 4"]);
        text.Reload();
    }

    private string[] Access(int reach, bool writes)
    {
        int width = reach >= 8 ? 8 : reach >= 4 ? 4 : 1;
        string place = $"*(u{8 * width} *){FuzzText.At("r0", reach - width)}";
        string[] read = [$"r7 = {place}", $"*(u64 *)(r10 {FuzzText.Scratch}) = r7"];
        return writes ? [.. read, $"{place} = {text.Constant()}"] : read;
    }
}
