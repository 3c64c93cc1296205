namespace Sim.Fuzz;

/// <summary>Statements about maps in maps: what is found in one is looked up, changed, and passed on.</summary>
internal sealed class FuzzInnerMaps(FuzzText text)
{
    public void Any()
    {
        bool table = text.OneIn(2);
        string none = text.Label(), absent = text.Label();
        text.Line($"*(u32 *)(r10 {FuzzText.Key}) = {text.Choose(4)}");
        foreach (string line in (string[])[$"r1 = map_idx[{(table ? FuzzMaps.OuterTable : FuzzMaps.Outer)}]", .. FuzzText.Stack(2, FuzzText.Key), "call 1"]) text.Line(line);
        string key = $"*(u32 *)(r10 {FuzzText.Key}) = {text.Choose(FuzzMaps.InnerEntries + 1)}";
        string[] element = ["r1 = r0", .. FuzzText.Stack(2, FuzzText.Key)];
        string[] use = text.Choose(5) switch
        {
            0 => [.. element, .. FuzzText.Stack(3, FuzzText.Buffer), $"r4 = {text.Choose(3)}", "call 2"],
            1 => [.. element, "call 3"],
            _ => [.. element, "call 1", $"if r0 == 0 goto {absent}", .. Access(), $"{absent}:"],
        };
        text.Unit([$"if r0 == 0 goto {none}", key, .. use, $"{none}:", "r0 = 8"]);
        text.Reload();
    }

    private string[] Access()
    {
        int offset = 8 * text.Choose(FuzzMaps.InnerBytes / 8) + (text.OneIn(12) ? 4 : 0);
        string place = $"*(u64 *)(r0 +{offset})";
        return text.Choose(3) switch
        {
            0 => [$"{place} = {text.Constant()}"],
            1 => [$"r1 = {text.Constant()}", $"lock {place} += r1"],
            _ => [$"r7 = {place}", $"*(u64 *)(r10 {FuzzText.Scratch}) = r7"],
        };
    }
}
