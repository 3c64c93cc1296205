using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Helpers;

namespace Tests.Helpers;

public class GuestFormatTests
{
    public static TheoryData<string, ulong, string> Numbers => new()
    {
        { "%d", 0xffff_ffff, "-1" },
        { "%ld", ulong.MaxValue, "-1" },
        { "%lld", long.MaxValue, "9223372036854775807" },
        { "%i|", 7, "7|" },
        { "%u", ulong.MaxValue, "4294967295" },
        { "%llu", ulong.MaxValue, "18446744073709551615" },
        { "%x", 0xdead_beef_cafe, "beefcafe" },
        { "%lX", 0xdead_beef_cafe, "DEADBEEFCAFE" },
        { "%5d|", 42, "   42|" },
        { "%-5d|", 42, "42   |" },
        { "%05d|", 42, "00042|" },
        { "%05d|", 0xffff_ffd6, "-0042|" },
        { "%-05d|", 42, "42   |" },
        { "%+d", 42, "+42" },
        { "%+05d", 42, "+0042" },
        { "% d", 42, " 42" },
        { "%08x", 0xbeef, "0000beef" },
        { "%c%%", 'A', "A%" },
        { "%3c|", 'A', "  A|" },
        { "%px", 0x1234, "0000000000001234" },
        { "caf\u00e9 %d", 1, "caf\u00e9 1" },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Snprintf_FormatsOneArgument(string format, ulong value, string expected)
    {
        using var guest = new Guest();
        Assert.Equal((expected.Length + 1, expected), Snprintf(guest, 64, format, value));
    }

    [Theory]
    [InlineData("%d")]
    [InlineData("%d %d", 1ul)]
    [InlineData("%", 1ul)]
    [InlineData("%5", 1ul)]
    [InlineData("%l", 1ul)]
    [InlineData("%lld%", 1ul)]
    [InlineData("%llld", 1ul)]
    [InlineData("%f", 1ul)]
    [InlineData("%o", 1ul)]
    [InlineData("%#x", 1ul)]
    [InlineData("%hd", 1ul)]
    [InlineData("%zu", 1ul)]
    [InlineData("%n", 1ul)]
    [InlineData("%.3d", 1ul)]
    [InlineData("%*d", 1ul)]
    [InlineData("%sx", 1ul)]
    [InlineData("%pa", 1ul)]
    [InlineData("%pi5", 1ul)]
    [InlineData("%pksx", 1ul)]
    [InlineData("bell \u0007")]
    [InlineData("delete \u007f")]
    [InlineData("%\u00e9", 1ul)]
    public void ConversionsProgramsMayNotUse_AreEINVAL(string format, params ulong[] arguments)
    {
        using var guest = new Guest();
        Assert.Equal(-(long)Errno.EINVAL, Snprintf(guest, 64, format, arguments).Result);
    }

    [Fact]
    public void StringsAndAddresses_AreReadFromGuestMemory()
    {
        using var guest = new Guest();
        ulong text = guest.Text("hello"), ip4 = guest.Put([10, 0, 0, 1]), ip6 = guest.Put([0xfd, 0, .. new byte[13], 1]);
        Assert.Equal("[hello] [  hello] [hello  ]", Snprintf(guest, 64, "[%s] [%07s] [%-7s]", text, text, text).Text);
        Assert.Equal("10.0.0.1 010.000.000.001", Snprintf(guest, 64, "%pI4 %pi4", ip4, ip4).Text);
        Assert.Equal("fd00:0000:0000:0000:0000:0000:0000:0001", Snprintf(guest, 64, "%pI6", ip6).Text);
        Assert.Equal("fd000000000000000000000000000001", Snprintf(guest, 64, "%pi6", ip6).Text);
        Assert.Equal("[] 0.0.0.0 hello", Snprintf(guest, 64, "[%s] %pI4 %pks", 0xdead_0000_0000, 16, text).Text);
    }

    [Fact]
    public void StringThatLeavesMemory_PrintsNothing()
    {
        using var guest = new Guest();
        ulong first = guest.Room(16), last = first + 4090;
        guest.Bytes(last, 6).Fill((byte)'x');
        ulong format = guest.Text("<%s>"), arguments = guest.Put(BitConverter.GetBytes(last)), to = guest.Room(16);
        long result = PrintHelpers.Snprintf(guest.X, guest.Bytes(to, 8), new ConstStringRef(format), guest.Bytes(arguments, 8));
        Assert.Equal(3, result);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(4, "123")]
    [InlineData(6, "12345")]
    public void Snprintf_CutsButTellsTheFullLength(int room, string kept)
    {
        using var guest = new Guest();
        Assert.Equal((6, kept), Snprintf(guest, room, "%d", 12345));
    }

    [Fact]
    public void TracePrintk_GivesTheSameResultWithAndWithoutAListener()
    {
        using var guest = new Guest();
        byte[] format = [.. "value %d\n"u8, 0];
        Assert.Equal(10, PrintHelpers.TracePrintk(guest.X, format, 123, 0, 0));
        Assert.Equal(["value 123"], guest.Printed);
        guest.X.Trace = null;
        Assert.Equal(10, PrintHelpers.TracePrintk(guest.X, format, 123, 0, 0));
        Assert.Equal(-(long)Errno.EINVAL, PrintHelpers.TracePrintk(guest.X, [.. "%f"u8, 0], 1, 0, 0));
        Assert.Equal(-(long)Errno.EINVAL, PrintHelpers.TracePrintk(guest.X, "no end"u8, 1, 0, 0));
        Assert.Equal(-(long)Errno.EINVAL, PrintHelpers.TracePrintk(guest.X, [.. "%d%d%d%d"u8, 0], 1, 2, 3));
        Assert.Equal(-(long)Errno.EINVAL, PrintHelpers.TraceVprintk(guest.X, [.. "x"u8, 0], new byte[7]));
        Assert.Equal(-(long)Errno.EINVAL, PrintHelpers.TraceVprintk(guest.X, [.. "x"u8, 0], new byte[13 * 8]));
    }

    [Fact]
    public void RandomFormats_FormatOrAreEINVAL()
    {
        using var guest = new Guest();
        ulong text = guest.Text("abc");
        var random = new Random(5);
        var to = new System.Text.StringBuilder();
        for (int round = 0; round < 50_000; round++)
        {
            var format = new byte[random.Next(12)];
            for (int i = 0; i < format.Length; i++) format[i] = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)"%%%0 +-59dlixXucspiIK46kusB"[random.Next(27)];
            Assert.True(GuestFormat.TryFormat(to.Clear(), format, [text, 1, ulong.MaxValue], guest.X.Regions) is Errno.None or Errno.EINVAL);
        }
    }

    private static (long Result, string Text) Snprintf(Guest guest, int room, string format, params ulong[] arguments)
    {
        ulong to = guest.Room(room + 1);
        guest.Bytes(to, room + 1).Clear();
        ulong at = guest.Text(format), list = guest.Put(MemoryMarshal.AsBytes<ulong>(arguments));
        long result = PrintHelpers.Snprintf(guest.X, guest.Bytes(to, room), new ConstStringRef(at), guest.Bytes(list, arguments.Length * 8));
        var written = guest.Bytes(to, room + 1);
        return (result, System.Text.Encoding.Latin1.GetString(written[..written.IndexOf((byte)0)]));
    }
}
