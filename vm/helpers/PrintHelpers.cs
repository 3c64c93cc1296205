using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Text out of programs. Formatted whether somebody listens or not: R0 must not depend on it. A listener costs one array a line.</summary>
/// <remarks>Source: Linux 6.12 kernel/trace/bpf_trace.c, bpf_trace_printk, bpf_trace_vprintk; kernel/bpf/helpers.c, bpf_snprintf.</remarks>
public static class PrintHelpers
{
    [ThreadStatic]
    private static StringBuilder? t_text;

    /// <summary>Prints with up to three arguments: bytes of the line, or EINVAL for a bad format.</summary>
    [Helper(HelperId.TracePrintk, Flags = CallFlags.GplOnly)]
    public static long TracePrintk(ExecContext x, ReadOnlySpan<byte> format,
        [Arg(Flags = ArgFlags.Unchecked)] ulong a, [Arg(Flags = ArgFlags.Unchecked)] ulong b, [Arg(Flags = ArgFlags.Unchecked)] ulong c) => Print(x, format, [a, b, c]);

    /// <summary>Prints with an array of 8-byte arguments: bytes of the line, or EINVAL.</summary>
    [Helper(HelperId.TraceVprintk, Flags = CallFlags.GplOnly)]
    public static long TraceVprintk(ExecContext x, ReadOnlySpan<byte> format, [OrNull, OrZero] ReadOnlySpan<byte> arguments) =>
        arguments.Length % 8 != 0 || arguments.Length > 12 * 8 ? -(long)Errno.EINVAL : Print(x, format, MemoryMarshal.Cast<byte, ulong>(arguments));

    /// <summary>Formats into memory with an array of 8-byte arguments.</summary>
    /// <returns>Bytes the whole text needs including its NUL; it is cut when the buffer is shorter. EINVAL for a bad format.</returns>
    [Helper(HelperId.Snprintf)]
    public static long Snprintf(ExecContext x, [OrNull, OrZero] Span<byte> to, ConstStringRef format, [OrNull, OrZero] ReadOnlySpan<byte> arguments)
    {
        if (arguments.Length % 8 != 0 || arguments.Length > 12 * 8) return -(long)Errno.EINVAL;
        int length = 0;
        while (Native.Ref<byte>(format.Address + (ulong)length) != 0) length++;
        var text = Scratch();
        var errno = GuestFormat.TryFormat(text, Native.Bytes(format.Address, length), MemoryMarshal.Cast<byte, ulong>(arguments), x.Regions);
        if (errno != Errno.None) return -(long)errno;
        if (to.Length > 0)
        {
            int kept = Math.Min(text.Length, to.Length - 1);
            for (int i = 0; i < kept; i++) to[i] = (byte)text[i];
            to[kept] = 0;
        }
        return text.Length + 1;
    }

    private static long Print(ExecContext x, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments)
    {
        if (!format.Contains((byte)0)) return -(long)Errno.EINVAL;
        var text = Scratch();
        var errno = GuestFormat.TryFormat(text, format, arguments, x.Regions);
        if (errno != Errno.None) return -(long)errno;
        x.Trace?.Printk(x.Cpu, x.MonotonicNs, Encoding.Latin1.GetBytes(text.ToString().TrimEnd('\n')));
        return text.Length;
    }

    private static StringBuilder Scratch() => (t_text ??= new StringBuilder(1024)).Clear();
}
