namespace Sim.Fuzz;

/// <summary>Statements that compute: arithmetic, stack, map values, packet bytes, context fields, atomics.</summary>
internal sealed class FuzzArithmetic(FuzzText text)
{
    private static readonly string[] s_binary = ["+=", "-=", "*=", "/=", "%=", "s/=", "s%=", "|=", "&=", "^=", "<<=", ">>=", "s>>=", "="];
    private static readonly (string Name, int Bytes)[] s_sizes = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];
    private static readonly (string Name, int Bytes)[] s_signed = [("s8", 1), ("s16", 2), ("s32", 4)];

    // Fields of __sk_buff a test run makes reproducible. Source: Linux 6.12 include/uapi/linux/bpf.h.
    private static readonly int[] s_readable = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72, 84, 160, 164, 176];
    private static readonly int[] s_writable = [8, 12, 32, 44, 48, 52, 56, 60, 64, 72];

    public void Binary()
    {
        string op = text.Pick(s_binary), width = text.Pick("r", "w");
        bool shift = op.EndsWith("<<=", StringComparison.Ordinal) || op.EndsWith(">>=", StringComparison.Ordinal);
        int constant = shift ? text.Choose(width == "r" ? 64 : 32) : text.Constant();
        // Division by a constant zero is refused outright.
        if (constant == 0 && op is "/=" or "%=" or "s/=" or "s%=") constant = 3;
        text.Line($"{width}{text.Number()} {op} {(text.OneIn(2) ? width + text.Number() : FuzzText.Text(constant))}");
    }

    public void Unary()
    {
        string a = text.Number(), b = text.Number();
        text.Line(text.Choose(11) switch
        {
            0 => $"r{a} = -r{a}",
            1 => $"w{a} = -w{a}",
            2 => $"r{a} = (s8)r{b}",
            3 => $"r{a} = (s16)r{b}",
            4 => $"r{a} = (s32)r{b}",
            5 => $"w{a} = (s8)w{b}",
            6 => $"w{a} = (s16)w{b}",
            7 => $"r{a} = be{16 << text.Choose(3)} r{a}",
            8 => $"r{a} = le{16 << text.Choose(3)} r{a}",
            9 => $"r{a} = {unchecked((ulong)text.Constant() * 0x9E3779B97F4A7C15)} ll",
            _ => $"r{a} = bswap{16 << text.Choose(3)} r{a}",
        });
    }

    public void Stack()
    {
        if (!text.OneIn(3))
        {
            Access("r10", FuzzText.Scratch, -FuzzText.Scratch, aligned: true);
            return;
        }
        text.Line($"r7 = r{text.Number()}");
        text.Line("r7 &= 63");
        text.Line("r1 = r10");
        text.Line($"r1 += {FuzzText.Scratch}");
        text.Line("r1 += r7");
        text.Line(text.OneIn(2) ? $"r{text.Number()} = *(u8 *)(r1 +0)" : $"*(u8 *)(r1 +0) = r{text.Number()}");
    }

    public void MapValue()
    {
        if (text.OneIn(2))
        {
            Access("r9", 0, FuzzMaps.ValueBytes, aligned: false);
            return;
        }
        text.Line($"r7 = r{text.Number()}");
        if (text.OneIn(2)) text.Line("r7 &= 63");
        else Bound("r7", 63);
        text.Line("r1 = r9");
        text.Line("r1 += r7");
        Access("r1", 0, FuzzMaps.ValueBytes - 63, aligned: false);
    }

    /// <summary>An access whose index comes from a few operations, at the very end of what its largest value allows, or past it.</summary>
    /// <param name="past">Bytes past the end: 0 is valid.</param>
    public void Edge(int past)
    {
        long largest = text.Pick(7, 15, 31, 63, 127, 255);
        string width = text.Pick("r", "w");
        var steps = new List<string> { $"r7 = r{text.Number()}", $"{width}7 &= {largest}" };
        for (int i = 1 + text.Choose(3); i > 0; i--)
        {
            int by = 1 + text.Choose(4);
            switch (text.Choose(6))
            {
                case 0: steps.Add($"{width}7 >>= {by}"); largest >>= by; break;
                case 1: steps.Add($"{width}7 s>>= {by}"); largest >>= by; break;
                case 2 when largest << by < FuzzMaps.ValueBytes: steps.Add($"{width}7 <<= {by}"); largest <<= by; break;
                case 3 when largest * by < FuzzMaps.ValueBytes: steps.Add($"{width}7 *= {by}"); largest *= by; break;
                case 4 when largest + by < FuzzMaps.ValueBytes: steps.Add($"{width}7 += {by}"); largest += by; break;
                default: steps.Add($"{width}7 &= {largest}"); break;
            }
        }
        if (largest >= FuzzMaps.ValueBytes)
        {
            largest = FuzzMaps.ValueBytes - 1 - text.Choose(60);
            steps.Add($"if {width}7 > {largest} goto +4");
        }
        var (size, bytes) = text.Pick([.. s_sizes.Where(s => s.Bytes <= FuzzMaps.ValueBytes - largest)]);
        string access = $"*({size} *){FuzzText.At("r1", (int)(FuzzMaps.ValueBytes - largest - bytes + past))}";
        text.Unit([.. steps, "r1 = r9", "r1 += r7", text.OneIn(2) ? $"{access} = r5" : $"r7 = {access}", "r1 = 0"]);
    }

    /// <summary>As far as SYSCALL programs reach into their context; some are given less, and do not run.</summary>
    private const int SyscallContextBytes = 64;

    public void Packet()
    {
        string skip = text.Label();
        int reach = 1 + text.Choose(60);
        bool metadata = text.OneIn(6);
        text.Line($"r1 = *(u32 *){FuzzText.At("r6", metadata ? MetaOffset : text.DataOffset)}");
        text.Line($"r7 = *(u32 *){FuzzText.At("r6", metadata ? text.DataOffset : text.DataEndOffset)}");
        if (!metadata && text.OneIn(3))
        {
            string index = text.Number();
            text.Line($"r{index} &= {text.Pick(7, 15, 63, 255)}");
            text.Line($"r1 += r{index}");
        }
        string check = text.Number();
        text.Line($"r{check} = r1");
        text.Line($"r{check} += {reach}");
        text.Line(text.Choose(4) switch
        {
            0 => $"if r{check} > r7 goto {skip}",
            1 => $"if r7 < r{check} goto {skip}",
            2 => $"if r{check} >= r7 goto {skip}",
            _ => $"if r7 <= r{check} goto {skip}",
        });
        // The check register holds a pointer; it becomes a number again before it can show.
        text.Line($"r{check} = {text.Constant()}");
        for (int i = 1 + text.Choose(3); i > 0; i--) PacketAccess(reach);
        text.Line($"{skip}:");
        text.Line($"r{check} = {text.Constant()}");
    }

    public void Context()
    {
        if (text.IsSyscall)
        {
            Access("r6", 0, SyscallContextBytes, aligned: !text.OneIn(30));
            return;
        }
        if (text.IsXdp)
        {
            text.Line($"r{text.Number()} = *(u32 *){FuzzText.At("r6", text.Pick(12, 16))}");
            return;
        }
        switch (text.Choose(4))
        {
            case 0: text.Line($"*(u32 *){FuzzText.At("r6", text.Pick(s_writable))} = {text.Operand("r")}"); break;
            case 1: text.Line($"r{text.Number()} = *(u{text.Pick(8, 16)} *){FuzzText.At("r6", text.Pick(s_readable))}"); break;
            case 2 when text.OneIn(3): text.Line(text.OneIn(2) ? $"r{text.Number()} = *(u64 *)(r6 +152)" : $"*(u64 *)(r6 +152) = r{text.Number()}"); break;
            default: text.Line($"r{text.Number()} = *(u32 *){FuzzText.At("r6", text.Pick(s_readable))}"); break;
        }
    }

    public void Atomic()
    {
        bool wide = text.OneIn(2), map = text.OneIn(2);
        string size = wide ? "u64" : "u32", name = wide ? "atomic64" : "atomic";
        int width = wide ? 8 : 4;
        string place = $"({size} *){FuzzText.At(map ? "r9" : "r10", map ? width * text.Choose(FuzzMaps.ValueBytes / width) : FuzzText.Scratch + (width * text.Choose(64 / width)))}";
        string src = text.Number();
        text.Line(text.Choose(4) switch
        {
            0 => $"lock *{place} {text.Pick("+=", "|=", "&=", "^=")} r{src}",
            1 => $"r{src} = {name}_fetch_{text.Pick("add", "or", "and", "xor")}({place}, r{src})",
            2 => $"r{src} = {name}_xchg({place}, r{src})",
            _ => $"r0 = {name}_cmpxchg({place}, r0, r{src})",
        });
    }

    /// <summary>LD_ABS and LD_IND: out of the packet they end the program.</summary>
    public void LegacyLoad()
    {
        string size = text.Pick("u8", "u16", "u32");
        int offset = text.OneIn(4) ? text.Pick(-1048576, -2097152) + text.Choose(20) : text.Choose(70);
        if (text.OneIn(2))
        {
            text.Line($"r0 = *({size} *)skb[{offset}]");
        }
        else
        {
            string index = text.Number();
            text.Line($"r{index} &= 31");
            text.Line($"r0 = *({size} *)skb[r{index} + {offset}]");
        }
        text.Reload();
    }

    private int MetaOffset => text.IsXdp ? 8 : 140;

    private void Access(string register, int from, int bytes, bool aligned)
    {
        var (size, width) = text.Pick(s_sizes);
        bool load = text.OneIn(2);
        if (load && text.OneIn(3)) (size, width) = text.Pick(s_signed);
        int offset = from + (aligned ? width * text.Choose(bytes / width) : text.Choose(bytes - width + 1));
        string place = $"*({size} *){FuzzText.At(register, offset)}";
        text.Line(load ? $"r{text.Number()} = {place}" : $"{place} = {text.Operand("r")}");
    }

    private void PacketAccess(int reach)
    {
        var fitting = s_sizes.Concat(s_signed).Where(size => size.Bytes <= reach).ToArray();
        var (size, width) = text.Pick(fitting);
        string place = $"*({size} *){FuzzText.At("r1", text.Choose(reach - width + 1))}";
        text.Line(!text.OneIn(4) || size[0] == 's' ? $"r{text.Number()} = {place}" : $"{place} = r{text.Number()}");
    }

    /// <summary>Keeps a register within 0 and a limit by a branch rather than a mask.</summary>
    private void Bound(string register, int limit)
    {
        string inside = text.Label();
        text.Line(text.OneIn(2) ? $"if {register} <= {limit} goto {inside}" : $"if w{register[1..]} <= {limit} goto {inside}");
        text.Line($"{register} = {text.Choose(limit)}");
        text.Line($"{inside}:");
        // What a 32-bit comparison taught says nothing of the high half.
        text.Line($"w{register[1..]} = w{register[1..]}");
        if (text.OneIn(2)) return;
        text.Line($"{register} &= {limit}");
    }
}
