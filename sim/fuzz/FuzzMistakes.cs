namespace Sim.Fuzz;

/// <summary>Things a verifier must refuse, most of the time.</summary>
internal static class FuzzMistakes
{
    /// <summary>Writes one.</summary>
    public static void Plant(FuzzText text)
    {
        string number = text.Number();
        if (text.OneIn(8))
        {
            NestedMap(text);
            return;
        }
        string data = $"r1 = *(u32 *){FuzzText.At("r6", text.DataOffset)}", end = $"r7 = *(u32 *){FuzzText.At("r6", text.DataEndOffset)}";
        string[] pull = text.IsXdp ? ["r1 = r6", "r2 = 4", "call 44"] : ["r1 = r6", "r2 = 4", "call 39"];
        string[] forget = ["r0 = 0", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"];
        string[] table = [$"r1 = map_idx[{FuzzMaps.Table}]", "r2 = r10", $"r2 += {FuzzText.Key}"];
        string[] record = [$"r1 = map_idx[{FuzzMaps.Ring}]", "r2 = 8", "r3 = 0", "call 131"];
        string[][] mistakes =
        [
            [.. pull, "r7 = r1", .. forget],
            ["r1 = r9", $"r1 += r{number}", "r0 = *(u8 *)(r1 +0)"],
            ["r1 = r9", $"r7 = r{number}", "r7 &= 127", "r1 += r7", $"r0 = *(u{text.Pick(8, 16, 64)} *)(r1 +{text.Choose(3)})"],
            [data, "r0 = *(u8 *)(r1 +0)"],
            [data, end, "r2 = r1", "r2 += 14", "if r2 > r7 goto +1", $"r0 = *(u32 *)(r1 +{10 + text.Choose(3)})", "r2 = 0"],
            [data, end, "r2 = r1", "r2 += 14", "if r2 > r7 goto +5", "r8 = r1", .. pull, "r0 = *(u8 *)(r8 +0)", .. forget],
            [$"r0 = *(u64 *)(r10 {text.Pick(0, -4, -520, -516, -12)})"],
            [$"*(u32 *)(r10 {text.Pick(-2, 0, -514, -3, -1)}) = 7"],
            [$"r7 = r{number}", "r7 &= 127", "r1 = r10", "r1 += -112", "r1 += r7", "r0 = *(u8 *)(r1 +0)"],
            [$"*(u32 *)(r6 +{text.Pick(0, 4, 16, 40, 160, 192, 188)}) = 1"],
            [$"r0 = *(u32 *){FuzzText.At("r6", text.Pick(2, 50, 190, 192, -4, 186))}"],
            ["r1 = r6", "r2 = 0", "r3 = r10", "r3 += -112", $"r4 = {text.Pick(0, 112, 113, 200, -1)}", text.IsXdp ? "call 189" : "call 26", .. forget],
            [.. table, "call 1", "r0 = *(u8 *)(r0 +0)", .. forget],
            [$"r1 = map_idx[{FuzzMaps.Table}]", "r2 = r10", "r2 += -2", "call 1", .. forget],
            [.. table, "call 1", "if r0 == 0 goto +1", $"r7 = *(u64 *)(r0 +{9 + text.Choose(8)})", .. forget],
            ["goto -1"],
            ["exit"],
            ["r9 *= 2"],
            ["r1 = r9", "r1 -= r10"],
            ["r7 = r9", $"r7 += {text.Pick(100, 121, 128, -1, 1 << 29)}", $"r0 = *(u64 *)(r7 +{text.Choose(9)})"],
            [$"if r{number} > 120 goto +3", "r1 = r9", $"r1 += r{number}", $"r0 = *(u{text.Pick(8, 16, 64)} *)(r1 +{text.Choose(9)})"],
            [$"if r{number} s> 120 goto +3", "r1 = r9", $"r1 += r{number}", "r0 = *(u64 *)(r1 +0)"],
            [$"if w{number} > 120 goto +3", "r1 = r9", $"r1 += r{number}", "r0 = *(u64 *)(r1 +0)"],
            [$"r7 = r{number}", $"r7 {text.Pick("&=", ">>=", "%=", "|=", "s>>=")} {text.Pick(3, 7, 57, 61)}", $"r7 {text.Pick("<<=", "*=", "+=", "^=", "/=")} {text.Pick(1, 2, 3, 5)}", "r1 = r9", "r1 += r7", $"r0 = *(u64 *)(r1 +{text.Pick(0, 90, 105, 113)})"],
            [$"w7 = w{number}", $"w7 {text.Pick("&=", ">>=", "%=", "s>>=")} {text.Pick(3, 7, 27, 29)}", $"w7 {text.Pick("<<=", "*=", "+=", "-=")} {text.Pick(1, 2, 4)}", "r1 = r9", "r1 += r7", $"r0 = *(u32 *)(r1 +{text.Pick(0, 63, 111, 117)})"],
            ["r1 = r6", "r1 += 8", "r0 = *(u32 *)(r1 +0)"],
            [.. pull, "r0 = *(u8 *)(r7 +0)", .. forget],
            ["call 9999"],
            [$"r1 = map_idx[{FuzzMaps.Queue}]", "r2 = r10", $"r2 += {text.Pick(-4, -8, 0)}", "call 88", .. forget],
            [.. record, .. forget],
            [.. record, "if r0 == 0 goto +4", "*(u64 *)(r0 +0) = 1", "r1 = r0", "r2 = 0", "call 132", text.OneIn(2) ? "r7 = *(u64 *)(r0 +0)" : "r7 = 0", .. forget],
            [.. record, "if r0 == 0 goto +4", $"*(u32 *)(r0 +{text.Pick(4, 5, 8)}) = 1", "r1 = r0", "r2 = 0", "call 133", .. forget],
            [$"r1 = map_idx[{FuzzMaps.Locked}][0]+0", "call 93", text.OneIn(2) ? "call 5" : "exit", .. forget],
            [$"r1 = map_idx[{FuzzMaps.Locked}][0]+{text.Pick(0, 4, 8)}", "call 94", .. forget],
            [$"r1 = map_idx[{FuzzMaps.Locked}][0]+0", $"r0 = *(u64 *)(r1 +{text.Pick(0, 2, 4, 8, 60)})"],
            ["r1 = r10", "r1 += -128", $"r2 = 0", "r3 = 8", "call 203", .. forget],
            ["call 130"],
        ];
        text.Unit(text.Pick(mistakes));
    }

    /// <summary>Maps no kernel makes, used as if there were: a program of another type behind an inner prog array, the insides of a map of maps as a value.</summary>
    private static void NestedMap(FuzzText text)
    {
        string none = text.Label();
        string[] zero = [$"*(u32 *)(r10 {FuzzText.Key}) = 0", .. FuzzText.Stack(2, FuzzText.Key)];
        if (text.OneIn(2) && !text.IsSyscall && text.HasContext)
            text.Unit([.. zero, $"r1 = map_idx[{FuzzMaps.JumpsInside}]", "call 1", $"if r0 == 0 goto {none}", "r1 = r6", "r2 = r0", $"r3 = {text.Choose(4)}", "call 12", $"{none}:", "r0 = 9"]);
        else
            text.Unit([.. zero, $"r1 = map_idx[{FuzzMaps.Deep}]", "call 1", $"if r0 == 0 goto {none}", "r1 = r0", .. zero, "call 1", $"if r0 == 0 goto {none}",
                text.OneIn(2) ? "r7 = *(u32 *)(r0 +0)" : $"*(u32 *)(r0 +0) = {text.Constant()}", $"{none}:", "r0 = 9", "r7 = 0"]);
        text.Reload();
    }
}
