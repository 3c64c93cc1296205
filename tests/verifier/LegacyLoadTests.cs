using Tests.Differential;

namespace Tests.Verifier;

/// <summary>LD_ABS and LD_IND past the packet leave the function they are in, not the whole program.</summary>
/// <remarks>Source: Linux 6.12 net/core/filter.c, bpf_gen_ld_abs: R0 becomes 0, then BPF_EXIT.</remarks>
public sealed class LegacyLoadTests
{
    private const string Caller = "r6 = r1\ncall sub\nr0 += 7\nexit\n";

    [Theory]
    [InlineData(Caller + "sub: r6 = r1\nr0 = *(u16 *)skb[100]\nr0 = 5\nexit", 7)]
    [InlineData(Caller + "sub: r6 = r1\nr2 = 99\nr0 = *(u8 *)skb[r2 + 1]\nr0 = 5\nexit", 7)]
    [InlineData(Caller + "sub: r6 = r1\nr0 = *(u16 *)skb[0]\nr0 = 5\nexit", 12)]
    [InlineData("r6 = r1\nr0 = *(u16 *)skb[100]\nr0 = 5\nexit", 0)]
    public void LegacyLoadPastThePacket_ReturnsZeroFromItsFunction(string text, ulong expected)
    {
        var result = Engines.RunEverywhere(TrustedProgram.FromText(text), [new byte[64]]);
        Assert.Equal(expected, Assert.Single(result).R0);
    }
}
