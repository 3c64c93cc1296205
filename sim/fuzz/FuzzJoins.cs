namespace Sim.Fuzz;

/// <summary>Statements in which paths that know different numbers meet before it matters which number it is: what pruning must not mix up.</summary>
internal sealed class FuzzJoins(FuzzText text)
{
    private const int MostIndex = 63, MostSize = FuzzText.BufferBytes;

    public void Any()
    {
        if (text.OneIn(4))
        {
            Linked();
            return;
        }
        string chosen = text.Number(), other = text.Number(), join = text.Label();
        int use = text.Choose(5), most = use == 2 ? MostSize : MostIndex;
        int first = 1 + text.Choose(most), second = 1 + text.Choose(most);
        if (text.OneIn(2)) Hide(other, text.Constant());
        text.Line($"r{chosen} = {first}");
        text.Line($"if {text.Pick("r", "w")}{other} {text.Pick("==", ">", "<", "&", "s>")} {text.Constant()} goto {join}");
        text.Line($"r{chosen} = {second}");
        text.Line($"{join}:");
        Carry(chosen);
        switch (use)
        {
            case 0: Index("r9", 0); break;
            case 1: Index("r10", FuzzText.Scratch); break;
            case 2: text.Call(130, $"r1 = map_idx[{FuzzMaps.Ring}]", "r2 = r10", $"r2 += {FuzzText.Buffer}", "r3 = r7", "r4 = 0"); break;
            case 3: Bound(); break;
            default: Decide(first); break;
        }
    }

    /// <summary>Brings a number to R7 on a way that precision has to be followed back on.</summary>
    private void Carry(string chosen)
    {
        string slot = FuzzText.At("r10", FuzzText.Scratch + (8 * text.Choose(8)));
        switch (text.Choose(5))
        {
            case 0:
                text.Line(text.OneIn(2) ? $"r7 = r{chosen}" : $"w7 = w{chosen}");
                break;
            case 1:
                text.Line($"*(u64 *){slot} = r{chosen}");
                text.Line($"r7 = *({text.Pick("u64", "u32", "u8")} *){slot}");
                break;
            case 2:
                text.Line($"*({text.Pick("u32", "u16")} *){slot} = r{chosen}");
                text.Line($"r7 = *({text.Pick("u16", "u8")} *){slot}");
                break;
            case 3:
                text.Line("r7 = 0");
                text.Line($"{text.Pick("r7 += r", "r7 |= r", "w7 += w", "r7 ^= r")}{chosen}");
                break;
            default:
                text.Line($"r7 = r{chosen}");
                text.Line($"r{text.Number()} = r7");
                break;
        }
    }

    /// <summary>A number the verifier knows nothing about.</summary>
    private void Hide(string register, int number)
    {
        string place = FuzzText.At("r9", 8 * text.Choose(FuzzMaps.ValueBytes / 8));
        text.Line($"*(u64 *){place} = {number}");
        text.Line($"r{register} = *(u64 *){place}");
    }

    private void Index(string register, int offset)
    {
        text.Line($"r1 = {register}");
        if (offset != 0) text.Line($"r1 += {offset}");
        text.Line("r1 += r7");
        text.Line(text.OneIn(2) ? $"r{text.Number()} = *(u8 *)(r1 +0)" : $"*(u8 *)(r1 +0) = r{text.Number()}");
    }

    /// <summary>The chosen number bounds another one, which is the index.</summary>
    private void Bound()
    {
        string index = text.Number(), skip = text.Label(), width = text.Pick("r", "r", "w");
        Hide(index, text.Choose(MostIndex));
        text.Line(text.Choose(3) switch
        {
            0 => $"if {width}{index} > {width}7 goto {skip}",
            1 => $"if {width}{index} >= {width}7 goto {skip}",
            _ => $"if {width}7 < {width}{index} goto {skip}",
        });
        text.Line($"{width}7 = {width}{index}");
        Index("r9", 0);
        text.Line($"{skip}:");
    }

    /// <summary>The chosen number decides, twice alike: whether R1 is a pointer, and whether it is used.</summary>
    private void Decide(int first)
    {
        string known = text.Label(), skip = text.Label(), relation = text.Pick("==", "!=", "<=");
        text.Line("r1 = r9");
        text.Line($"if r7 {relation} {first} goto {known}");
        text.Line("r1 = 0");
        text.Line($"{known}:");
        if (text.OneIn(2)) text.Line($"r{text.Number()} += {text.Constant()}");
        text.Line($"if r7 {relation} {first} goto +1");
        text.Line($"goto {skip}");
        text.Line($"*(u8 *)(r1 +{text.Choose(8)}) = 1");
        text.Line($"{skip}:");
    }

    /// <summary>Two registers that differ by a constant: a bound on one is a bound on the other.</summary>
    private void Linked()
    {
        string number = text.Number(), skip = text.Label(), width = text.Pick("r", "r", "w");
        if (text.OneIn(2)) Hide(number, text.OneIn(4) ? text.Constant() : text.Choose(MostIndex));
        text.Line(text.OneIn(3) ? $"w7 = w{number}" : $"r7 = r{number}");
        if (text.OneIn(3)) text.Line($"r7 = (s{text.Pick(8, 16, 32)})r7");
        if (!text.OneIn(3)) text.Line($"{width}7 += {text.Choose(32)}");
        text.Line($"if {text.Pick("r", "w")}{text.Pick(number, "7")} {text.Pick(">", "s>", ">=")} {text.Choose(MostIndex)} goto {skip}");
        if (text.OneIn(2)) text.Line($"if r{text.Pick(number, "7")} s< {text.Choose(32)} goto {skip}");
        if (!text.OneIn(4)) text.Line($"r7 = r{number}");
        if (text.OneIn(4)) text.Line("r7 &= 63");
        Index("r9", 0);
        text.Line($"{skip}:");
    }
}
