namespace Sim.Fuzz;

/// <summary>Statements that use maps by helpers: elements, queues, ring buffer records, locks, tail calls, elements one by one.</summary>
internal sealed class FuzzMapCalls(FuzzText text)
{
    public void Any()
    {
        switch (text.Choose(12))
        {
            case 0 or 1: Lookup(); break;
            case 2 or 3: Update(); break;
            case 4: text.Call(3, [.. MapAndKey()]); break;
            case 5: Queue(); break;
            case 6: Output(); break;
            case 7: Record(); break;
            case 8: Lock(); break;
            case 9: Clock(); break;
            case 10: Crowd(); break;
            default: text.Call(134, $"r1 = map_idx[{FuzzMaps.Ring}]", $"r2 = {text.Choose(2)}"); break;
        }
    }

    /// <summary>A tail call that mostly goes nowhere: the map has four slots, of which two are filled.</summary>
    public void TailCall()
    {
        text.Line("r1 = r6");
        text.Line($"r2 = map_idx[{FuzzMaps.Jumps}]");
        text.Line(text.OneIn(2) ? $"r3 = {text.Choose(6)}" : $"r3 = r{text.Pick("0", "3", "4", "5")}");
        // What R0 holds behind a tail call that failed is the JIT's own affair.
        text.Unit("call 12", "r0 = 9");
        text.Reload();
    }

    private string[] MapAndKey()
    {
        int map = text.Pick(FuzzMaps.Table, FuzzMaps.Table, FuzzMaps.Lru, FuzzMaps.PerCpuTable, FuzzMaps.PerCpuValues, FuzzMaps.Routes, FuzzMaps.Values);
        if (text.IsSyscall && map == FuzzMaps.Routes) map = FuzzMaps.Table;
        if (map == FuzzMaps.Routes || text.OneIn(2)) text.Line($"*(u32 *)(r10 {FuzzText.Key}) = {text.Choose(map == FuzzMaps.Routes ? 34 : 5)}");
        if (map == FuzzMaps.Routes && text.OneIn(2)) text.Line($"*(u32 *)(r10 {FuzzText.Key + 4}) = {text.Pick(10, 0x010a, 0x01000a, 0x0100000a)}");
        return [$"r1 = map_idx[{map}]", "r2 = r10", $"r2 += {FuzzText.Key}"];
    }

    private void Lookup()
    {
        string none = text.Label();
        foreach (string argument in MapAndKey()) text.Line(argument);
        text.Line("call 1");
        text.Line($"if r0 == 0 goto {none}");
        for (int i = 1 + text.Choose(2); i > 0; i--) text.Line(text.OneIn(2) ? "r7 = *(u64 *)(r0 +0)" : $"*(u32 *){FuzzText.At("r0", text.Choose(5))} = {text.Constant()}");
        text.Line($"{none}:");
        text.Line("r0 = 5");
        text.Reload();
    }

    private void Update() => text.Call(2, [.. MapAndKey(), "r3 = r10", $"r3 += {FuzzText.Buffer - 0}", $"r4 = {text.Choose(5)}"]);

    /// <summary>More elements than there is room for; every answer is kept.</summary>
    private void Crowd()
    {
        int map = text.Pick(FuzzMaps.Table, FuzzMaps.Table, FuzzMaps.PerCpuTable);
        uint elements = FuzzMaps.Specs[map].MaxEntries + 2;
        int flags = text.Choose(4) % 3;
        text.Line($"*(u64 *)(r10 {FuzzText.Scratch}) = 0");
        for (uint key = 0; key < elements; key++)
        {
            text.Unit($"*(u32 *)(r10 {FuzzText.Key}) = {key}", $"r1 = map_idx[{map}]", "r2 = r10", $"r2 += {FuzzText.Key}", "r3 = r10", $"r3 += {FuzzText.Buffer}", $"r4 = {flags}", "call 2",
                $"r1 = *(u64 *)(r10 {FuzzText.Scratch})", "r1 *= 3", "r1 += r0", $"*(u64 *)(r10 {FuzzText.Scratch}) = r1");
        }
        text.Reload();
    }

    private void Queue()
    {
        int map = text.Pick(FuzzMaps.Queue, FuzzMaps.Stack);
        string[] place = [$"r1 = map_idx[{map}]", "r2 = r10", $"r2 += {FuzzText.Scratch + (8 * text.Choose(8))}"];
        if (text.OneIn(2)) text.Call(87, [.. place, $"r3 = {text.Pick(0, 2, 2, 1, 3)}"]);
        else text.Call(text.Pick(88, 89), place);
    }

    private void Output() => text.Call(130, $"r1 = map_idx[{FuzzMaps.Ring}]", "r2 = r10", $"r2 += {FuzzText.Buffer}", $"r3 = {1 + text.Choose(FuzzText.BufferBytes)}", $"r4 = {text.Pick(0, 1, 2, 3, 4)}");

    private void Record()
    {
        string none = text.Label();
        int bytes = 8 * (1 + text.Choose(4));
        foreach (string line in (string[])[$"r1 = map_idx[{FuzzMaps.Ring}]", $"r2 = {bytes}", "r3 = 0"]) text.Line(line);
        // Fresh records hold what was there before, so all of one is written.
        text.Unit(["call 131", $"if r0 == 0 goto {none}", .. Enumerable.Range(0, bytes / 8).Select(i => $"*(u64 *)(r0 +{8 * i}) = {text.Constant()}"),
            "r1 = r0", $"r2 = {text.Choose(3)}", $"call {text.Pick(132, 133)}", $"{none}:", "r0 = 6"]);
        text.Reload();
    }

    private void Lock()
    {
        int at = FuzzMaps.LockedBytes * text.Choose(FuzzMaps.LockedEntries);
        string number = text.Pick("3", "4", "5");
        text.Line($"r7 = map_idx[{FuzzMaps.Locked}][0]+{at}");
        text.Line($"*(u64 *)(r10 {FuzzText.Scratch}) = r{number}");
        text.Unit("r1 = r7", "call 93", $"r1 = *(u64 *)(r10 {FuzzText.Scratch})", "r0 = *(u64 *)(r7 +8)", $"r0 {text.Pick("+=", "^=", "-=")} r1", "*(u64 *)(r7 +8) = r0", "r1 = r7", "call 94", "r0 = 2");
        text.Reload();
    }

    /// <summary>Helpers whose answer is nobody's business.</summary>
    private void Clock() => text.CallAndForget(text.IsSyscall ? text.Pick(5, 7, 8, 42, 118, 125, 208) : text.Pick(5, 7, 8, 42, 118, 125, 160, 208));
}
