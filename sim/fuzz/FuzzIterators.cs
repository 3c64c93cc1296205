namespace Sim.Fuzz;

/// <summary>Statements about what begins and ends: iterators, RCU sections, sections without preemption, objects of the program's own, exceptions.</summary>
internal sealed class FuzzIterators(FuzzText text)
{
    public void Any()
    {
        switch (text.Choose(8))
        {
            case 0 or 1: Loop("num", $"r2 = {text.Pick(-3, 0, 1, 5, int.MinValue, int.MaxValue)}", $"r3 = {text.Pick(0, 1, 3, 9, int.MinValue, int.MaxValue)}"); break;
            case 2: Loop("bits", FuzzText.Stack(2, FuzzText.Buffer), $"r3 = {1 + text.Choose(5)}"); break;
            case 3: Loop("bits", ["r2 = r9"], $"r3 = {FuzzDynptrs.Edge(text)} ll"); break;
            case 4: Section("bpf_rcu_read_lock", "bpf_rcu_read_unlock"); break;
            case 5: Section("bpf_preempt_disable", "bpf_preempt_enable"); break;
            default: Object(); break;
        }
    }

    /// <summary>An exception: what is thrown is what the program returns.</summary>
    public void Throw()
    {
        string on = text.Label();
        text.Line($"if r{text.Number()} != {text.Constant()} goto {on}");
        text.Unit($"r1 = {text.Constant()}", "call bpf_throw", "r0 = 0", "r1 = 0", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0");
        text.Line($"{on}:");
    }

    private void Loop(string kind, string second, string third) => Loop(kind, [second], third);

    private void Loop(string kind, string[] second, string third)
    {
        string again = text.Label(), end = text.Label();
        string[] it = FuzzText.Stack(1, FuzzText.Iterator);
        text.Unit([.. it, .. second, third, $"call bpf_iter_{kind}_new", $"*(u64 *)(r10 {FuzzText.Scratch}) = r0", $"{again}:", .. it, $"call bpf_iter_{kind}_next", $"if r0 == 0 goto {end}",
            "r7 = *(u32 *)(r0 +0)", $"*(u64 *)(r10 {FuzzText.Scratch + 8}) = r7", $"goto {again}", $"{end}:", .. it, $"call bpf_iter_{kind}_destroy", "r0 = 1"]);
        text.Reload();
    }

    private void Section(string begin, string end)
    {
        text.Unit($"call {begin}", "r0 = 1", "r7 = *(u64 *)(r9 +0)", "r7 += 1", "*(u64 *)(r9 +0) = r7", $"call {end}", "r0 = 2");
        text.Reload();
    }

    private void Object()
    {
        string none = text.Label();
        int offset = 8 * text.Choose(FuzzTypes.ObjectBytes / 8) + (text.OneIn(12) ? 4 : 0);
        text.Unit($"r1 = {FuzzTypes.ObjectId}", "r2 = 0", "call bpf_obj_new_impl", $"if r0 == 0 goto {none}", $"*(u64 *)(r0 +{offset}) = {text.Constant()}", $"r7 = *(u64 *)(r0 +{offset})",
            $"*(u64 *)(r10 {FuzzText.Scratch}) = r7", "r1 = r0", "r2 = 0", "call bpf_obj_drop_impl", $"{none}:", "r0 = 1");
        text.Reload();
    }
}
