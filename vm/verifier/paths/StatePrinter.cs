using System.Globalization;
using System.Text;
using Vm.Helpers;
using Vm.Verifier.Numbers;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Writes register and stack states as the kernel's log does.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/log.c, print_verifier_state, print_reg_state, reg_type_str.</remarks>
internal sealed class StatePrinter(VerifierEnv v)
{
    private const string SlotLetters = "?rm0di";

    /// <summary>The kernel's word for a type, with its refinements.</summary>
    public static string TypeName(RegKind kind, PtrFlags flags = PtrFlags.None)
    {
        string prefix = ((flags & PtrFlags.ReadOnly) != 0 ? "rdonly_" : "")
            + ((flags & PtrFlags.RingBuf) != 0 ? "ringbuf_" : "")
            + ((flags & PtrFlags.PerCpu) != 0 ? "percpu_" : "")
            + ((flags & PtrFlags.Rcu) != 0 ? "rcu_" : "")
            + ((flags & PtrFlags.Untrusted) != 0 ? "untrusted_" : "")
            + ((flags & PtrFlags.Trusted) != 0 ? "trusted_" : "");
        string name = kind switch
        {
            RegKind.NotInit => "?",
            RegKind.Scalar => "scalar",
            RegKind.Context => "ctx",
            RegKind.MapPtr => "map_ptr",
            RegKind.MapValue => "map_value",
            RegKind.MapKey => "map_key",
            RegKind.Stack => "fp",
            RegKind.Packet => "pkt",
            RegKind.PacketMeta => "pkt_meta",
            RegKind.PacketEnd => "pkt_end",
            RegKind.Socket => "sock",
            RegKind.SockCommon => "sock_common",
            RegKind.TcpSock => "tcp_sock",
            RegKind.XdpSock => "xdp_sock",
            RegKind.BtfPtr => "ptr_",
            RegKind.Memory => "mem",
            RegKind.Buffer => "buf",
            RegKind.Arena => "arena",
            RegKind.Func => "func",
            _ => "dynptr_ptr",
        };
        string postfix = (flags & PtrFlags.MaybeNull) == 0 ? "" : kind == RegKind.BtfPtr ? "or_null_" : "_or_null";
        return prefix + name + postfix;
    }

    public static string TypeName(in RegState reg) => TypeName(reg.Kind, reg.Flags);

    public static string DynptrName(DynptrKind kind) => kind switch
    {
        DynptrKind.Local or DynptrKind.Caller => "local",
        DynptrKind.RingBuf => "ringbuf",
        DynptrKind.Skb => "skb",
        DynptrKind.Xdp => "xdp",
        _ => "<invalid>",
    };

    public static string TnumText(Tnum bits) =>
        bits.IsConst ? Unsigned(bits.Value) : string.Create(CultureInfo.InvariantCulture, $"(0x{bits.Value:x}; 0x{bits.Mask:x})");

    /// <summary>A whole frame, or only what changed since it was last printed; begins with a space, without line end.</summary>
    public string Frame(FrameState frame, bool all)
    {
        var text = new StringBuilder();
        if (frame.Number != 0) text.Append(CultureInfo.InvariantCulture, $" frame{frame.Number}:");
        for (int i = 0; i < FrameState.Registers; i++)
        {
            ref var reg = ref frame.Regs[i];
            if (reg.Kind == RegKind.NotInit || (!all && (v.TouchedRegs & 1u << i) == 0)) continue;
            text.Append(CultureInfo.InvariantCulture, $" R{i}{LiveText(reg.Live)}=");
            AppendReg(text, frame.Number, reg);
        }
        for (int i = 0; i < frame.SlotCount; i++)
            if (all || (v.TouchedSlots & 1ul << i) != 0) AppendSlot(text, frame, ref i);
        if (frame.RefCount > 0)
        {
            text.Append(" refs=");
            for (int i = 0; i < frame.RefCount; i++) text.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{frame.Refs[i].Id}");
        }
        if (frame.InCallback) text.Append(" cb");
        if (frame.InAsyncCallback) text.Append(" async_cb");
        return text.ToString();
    }

    /// <summary>One register of a frame.</summary>
    public string Register(in RegState reg, int frame)
    {
        var text = new StringBuilder();
        AppendReg(text, frame, reg);
        return text.ToString();
    }

    private void AppendSlot(StringBuilder text, FrameState frame, ref int i)
    {
        ref var slot = ref frame.Slots[i];
        if (slot.Kinds == 0) return;
        switch (slot[7])
        {
            case SlotByte.Spill:
                string kinds = KindsText(slot);
                text.Append(CultureInfo.InvariantCulture, $" fp{-(i + 1) * 8}{LiveText(slot.Spilled.Live)}={kinds[..kinds.IndexOf('r')]}");
                AppendReg(text, frame.Number, slot.Spilled);
                break;
            case SlotByte.Dynptr:
                i++;
                var dynptr = frame.Slots[i].Spilled;
                text.Append(CultureInfo.InvariantCulture, $" fp{-(i + 1) * 8}{LiveText(dynptr.Live)}=dynptr_{DynptrName(dynptr.DynptrKind)}(");
                string separator = "";
                Field(text, ref separator, "id", dynptr.Id);
                Field(text, ref separator, "ref_id", dynptr.RefId);
                Field(text, ref separator, "dynptr_id", dynptr.DynptrId);
                text.Append(')');
                break;
            case SlotByte.Iter:
                var iter = slot.Spilled;
                if (iter.RefId == 0) return;
                string name = v.TypeNames[iter.Type]["bpf_iter_".Length..];
                string state = iter.IterState == IterState.Active ? "active" : "drained";
                text.Append(CultureInfo.InvariantCulture, $" fp{-(i + 1) * 8}{LiveText(iter.Live)}=iter_{name}(ref_id={iter.RefId},state={state},depth={iter.IterDepth})");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $" fp{-(i + 1) * 8}{LiveText(slot.Spilled.Live)}={KindsText(slot)}");
                break;
        }
    }

    private void AppendReg(StringBuilder text, int frame, in RegState reg)
    {
        if (reg.IsScalar && reg.Precise) text.Append('P');
        if (reg.IsScalar && reg.Num.IsConst)
        {
            text.Append(Signed((long)reg.Num.Bits.Value));
            return;
        }
        text.Append(TypeName(reg));
        if (reg.Kind == RegKind.Arena) return;
        if (reg.Kind == RegKind.Stack)
        {
            if (reg.Frame != frame) text.Append(CultureInfo.InvariantCulture, $"[{reg.Frame}]");
            if (reg.Num.IsConst)
            {
                text.Append(Signed((long)reg.Num.Bits.Value + reg.Off));
                return;
            }
        }
        if (reg.Kind == RegKind.BtfPtr) text.Append(v.TypeNames[reg.Type]);
        text.Append('(');
        AppendDetails(text, reg);
        text.Append(')');
    }

    private void AppendDetails(StringBuilder text, in RegState reg)
    {
        string separator = "";
        Field(text, ref separator, "id", reg.Id & ~RegState.AddConst);
        if ((reg.Id & RegState.AddConst) != 0) text.Append(reg.Off.ToString("+0;-0;+0", CultureInfo.InvariantCulture));
        Field(text, ref separator, "ref_obj_id", reg.RefId);
        if ((reg.Flags & PtrFlags.NonOwning) != 0) Item(text, ref separator, "non_own_ref");
        if (reg.Kind is RegKind.MapPtr or RegKind.MapKey or RegKind.MapValue)
        {
            var map = v.Maps[reg.Map].Spec;
            if (map.Name.Length > 0) Item(text, ref separator, $"map={KernelName(map.Name)}");
            Item(text, ref separator, string.Create(CultureInfo.InvariantCulture, $"ks={map.KeySize},vs={map.ValueSize}"));
        }
        if (!reg.IsScalar && reg.Off != 0) Item(text, ref separator, "off=" + Signed(reg.Off));
        if (reg.IsPacketPointer) Item(text, ref separator, "r=" + Unsigned((ulong)(long)reg.Range));
        if (reg.Kind == RegKind.Memory) Item(text, ref separator, "sz=" + Unsigned((uint)reg.Range));
        if (reg.Kind == RegKind.Dynptr) Item(text, ref separator, "type=" + DynptrName(reg.DynptrKind));
        if (reg.Num.IsConst)
        {
            if (reg.Num.Bits.Value != 0) Item(text, ref separator, "imm=" + Signed((long)reg.Num.Bits.Value));
            return;
        }
        AppendRanges(text, ref separator, reg.Num);
        if (!reg.Num.Bits.IsUnknown) Item(text, ref separator, "var_off=" + TnumText(reg.Num.Bits));
    }

    private static void AppendRanges(StringBuilder text, ref string separator, in ScalarRange num)
    {
        ReadOnlySpan<string> names = ["smin", "smax", "umin", "umax", "smin32", "smax32", "umin32", "umax32"];
        Span<ulong> values =
        [
            (ulong)num.SMin, (ulong)num.SMax, num.UMin, num.UMax, Half(num.SMin32), Half(num.SMax32), num.UMin32, num.UMax32,
        ];
        Span<bool> omitted =
        [
            num.SMin == long.MinValue, num.SMax == long.MaxValue, num.UMin == 0, num.UMax == ulong.MaxValue,
            num.SMin32 == int.MinValue, num.SMax32 == int.MaxValue, num.UMin32 == 0, num.UMax32 == uint.MaxValue,
        ];
        for (int i = 0; i < names.Length; i++)
        {
            if (omitted[i]) continue;
            bool signed = names[i][0] == 's', negative = signed && (long)values[i] < 0;
            text.Append(separator).Append(names[i]).Append('=');
            separator = ",";
            // Ranges with the same value are joined: smin=smin32=0.
            for (int j = i + 2; j < names.Length; j += 2)
            {
                if (omitted[j] || values[j] != values[i] || (names[j][0] == 's' && (long)values[j] < 0) != negative) continue;
                omitted[j] = true;
                text.Append(names[j]).Append('=');
            }
            text.Append(signed ? Signed((long)values[i]) : Unsigned(values[i]));
        }
    }

    private static ulong Half(int value) => value is >= short.MinValue and <= short.MaxValue ? (ulong)(long)value : (uint)value;

    private static string KernelName(string name) => name.Length > 15 ? name[..15] : name;

    private static string KindsText(in StackSlot slot)
    {
        Span<char> letters = stackalloc char[8];
        for (int i = 0; i < 8; i++) letters[i] = SlotLetters[(int)slot[i]];
        return letters.ToString();
    }

    private static string LiveText(Live live) =>
        live == Live.None ? "" : "_" + ((live & Live.Read) != 0 ? "r" : "") + ((live & Live.Written) != 0 ? "w" : "") + ((live & Live.Done) != 0 ? "D" : "");

    private static void Field(StringBuilder text, ref string separator, string name, uint value)
    {
        if (value != 0) Item(text, ref separator, string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));
    }

    private static void Item(StringBuilder text, ref string separator, string item)
    {
        text.Append(separator).Append(item);
        separator = ",";
    }

    private static string Signed(long value) => value is >= short.MinValue and <= short.MaxValue
        ? value.ToString(CultureInfo.InvariantCulture)
        : "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    private static string Unsigned(ulong value) => value <= ushort.MaxValue
        ? value.ToString(CultureInfo.InvariantCulture)
        : "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
