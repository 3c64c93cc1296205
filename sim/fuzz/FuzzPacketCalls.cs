namespace Sim.Fuzz;

/// <summary>Statements that call the packet's helpers, with arguments near their limits.</summary>
internal sealed class FuzzPacketCalls(FuzzText text)
{
    private static readonly string[] s_buffer = ["r3 = r10", $"r3 += {FuzzText.Buffer}"];

    public void Any()
    {
        if (text.OneIn(6)) CsumDiff();
        else if (text.IsXdp) Xdp();
        else Skb();
    }

    private string Size() => $"r4 = {1 + text.Choose(FuzzText.BufferBytes)}";

    private void CsumDiff()
    {
        int from = 4 * text.Choose(9), to = 4 * text.Choose(9);
        foreach (string line in (string[])["r1 = r10", $"r1 += {FuzzText.Scratch}", $"r2 = {from}", "r3 = r10", $"r3 += {FuzzText.Buffer}", $"r4 = {to}"]) text.Line(line);
        if (text.OneIn(3)) text.Line($"r5 = {text.Constant()}");
        // 6.12 gives the 32-bit sum and wants multiples of 4, kernels from 6.13 on fold it to 16 bits and take any size: folded, with the two zeros as one, they must be the same.
        text.Unit("call 28", "r1 = r0", "w1 >>= 16", "r0 &= 0xffff", "w0 += w1", "w1 = w0", "w1 >>= 16", "w0 &= 0xffff", "w0 += w1", "if w0 != 0xffff goto +1", "r0 = 0", "r1 = 0");
        text.Reload();
    }

    private void Xdp()
    {
        switch (text.Choose(8))
        {
            case 0 or 1: text.Call(44, "r1 = r6", $"r2 = {text.Pick(-256, -128, -40, -14, -4, 0, 4, 14, 20, 40, 400)}"); break;
            case 2: text.Call(54, "r1 = r6", $"r2 = {text.Pick(-260, -256, -32, -8, -4, 0, 4, 8, 3)}"); break;
            case 3: text.Call(65, "r1 = r6", $"r2 = {text.Pick(-2000, -60, -20, -1, 0, 1, 20, 100, 3000, 4000)}"); break;
            case 4: text.Call(188, "r1 = r6"); break;
            case 5 or 6: text.Call(text.Pick(189, 190), ["r1 = r6", $"r2 = {text.Choose(80)}", .. s_buffer, Size()]); break;
            default: text.Call(23, $"r1 = {text.Choose(3)}", $"r2 = {text.Choose(2)}"); break;
        }
    }

    private void Skb()
    {
        switch (text.Choose(14))
        {
            case 0 or 1: text.Call(26, ["r1 = r6", $"r2 = {text.Choose(80)}", .. s_buffer, Size()]); break;
            case 2: text.Call(68, ["r1 = r6", $"r2 = {text.Choose(50)}", .. s_buffer, Size(), $"r5 = {text.Choose(3)}"]); break;
            case 3 or 4: text.Call(9, ["r1 = r6", $"r2 = {text.Choose(70)}", .. s_buffer, Size(), $"r5 = {text.Choose(5)}"]); break;
            case 5: text.Call(10, "r1 = r6", $"r2 = {24 + text.Choose(3)}", $"r3 = {text.Constant()}", $"r4 = {text.Constant()}", $"r5 = {text.Pick(0, 2, 4, 4, 3)}"); break;
            case 6: text.Call(11, "r1 = r6", $"r2 = {text.Pick(36, 40, 50, 51)}", $"r3 = {text.Constant()}", $"r4 = {text.Constant()}", $"r5 = {text.Pick(0, 2, 4) | text.Pick(0, 16, 32, 64)}"); break;
            case 7: text.Call(18, "r1 = r6", $"r2 = {text.Pick(0x0081, 0xa888, 8)}", $"r3 = {text.Choose(8192)}"); break;
            case 8: text.Call(19, "r1 = r6"); break;
            case 9 or 10: Geometry(); break;
            case 11: Redirect(); break;
            default: Metadata(); break;
        }
    }

    private void Geometry()
    {
        switch (text.Choose(5))
        {
            case 0: text.Call(38, "r1 = r6", $"r2 = {text.Pick(0, 13, 14, 20, 34, 54, 60, 100, 1000, 70000)}", $"r3 = {text.Pick(0, 0, 0, 0, 0, 0, 0, 1)}"); break;
            case 1: text.Call(43, "r1 = r6", $"r2 = {text.Pick(0, 1, 14, 20, 100, 300)}", "r3 = 0"); break;
            case 2: text.Call(39, "r1 = r6", $"r2 = {text.Pick(0, 14, 34, 100, 2000)}"); break;
            case 3: text.Call(31, "r1 = r6", $"r2 = {text.Pick(0x0008, 0xdd86, 0x0081)}", "r3 = 0"); break;
            default:
                text.Call(50, "r1 = r6", $"r2 = {text.Pick(-40, -20, -8, -4, 4, 8, 20, 28, 40, 50)}", $"r3 = {text.Choose(2)}", $"r4 = {text.Pick(0, 1, 2, 4, 2 | 16, 4 | 8, 32, 2 | 16 | 32, 128, 256)}");
                break;
        }
    }

    private void Redirect()
    {
        switch (text.Choose(3))
        {
            case 0: text.Call(23, $"r1 = {text.Choose(3)}", $"r2 = {text.Choose(3)}"); break;
            case 1: text.Call(155, "r1 = 1", $"r2 = {text.Choose(2)}"); break;
            default: text.Call(152, "r1 = 1", "r2 = 0", "r3 = 0", $"r4 = {text.Choose(2)}"); break;
        }
    }

    private void Metadata()
    {
        switch (text.Choose(9))
        {
            case 0: text.Call(32, "r1 = r6", $"r2 = {text.Choose(6)}"); break;
            case 1: text.Call(48, "r1 = r6", $"r2 = {text.Constant()}"); break;
            case 2: text.Call(41, "r1 = r6"); break;
            case 3: text.Call(40, "r1 = r6", $"r2 = {text.Constant()}"); break;
            case 4: text.Call(97, "r1 = r6"); break;
            case 5: text.Call(192, "r1 = r6", $"r2 = {text.Constant()}", $"r3 = {text.Choose(3)}"); break;
            case 6: text.Call(24, "r1 = r6"); break;
            // The hash of a flow has a secret in it, one that was set has none.
            case 7: text.Unit("r1 = r6", $"r2 = {text.Choose(1 << 30)}", "call 48", "r1 = r6", "call 34"); text.Reload(); break;
            default: text.Call(135, "r1 = r6", $"r2 = {text.Choose(5)}"); break;
        }
    }
}
