using CsCheck;
using Netdev.Programs;
using Tests.Fuzz;
using Tests.Objects;
using Vm;
using Vm.Abi;
using Vm.Elf;
using Vm.Linking;
using Vm.Proofs;
using Vm.Verifier;

namespace Tests.Jit;

/// <summary>bpf_obj_new, lists, trees and kptrs of tests/objects/objects.c in both engines, against models; and what must not load.</summary>
public sealed class ObjectTests
{
    private const uint Nothing = uint.MaxValue, NoMemory = uint.MaxValue - 1, Chunk = 1 << 16;

    public static TheoryData<Engine> EngineKinds => ProgramRun.Engines;

    /// <summary>Programs of objects_bad.c and what they are refused with; the live kernel (6.18) refuses all of them too.</summary>
    public static TheoryData<string, string> Bad => new()
    {
        { "leak", "Unreleased reference id=2 alloc_insn=3" },
        { "use_after_drop", "R6 invalid mem access 'scalar'" },
        { "unchecked", "R0 invalid mem access 'ptr_or_null_'" },
        { "beyond", "access beyond struct single at off 32 size 8" },
        { "touch_node", "direct access to bpf_list_node is disallowed" },
        { "push_unlocked", "bpf_spin_lock at off=16 must be held for bpf_list_head" },
        { "push_wrong_lock", "held lock and object are not in the same allocation\nbpf_spin_lock at off=16 must be held for bpf_list_head" },
        { "push_wrong_type", "operation on bpf_list_head expects arg#1 bpf_list_node at offset=16 in struct item, but arg is at offset=8 in struct single" },
        { "drop_twice", "R1 must be referenced or trusted" },
        { "drop_inside", "R1 must have zero offset when passed to release func or trusted arg to kfunc" },
        { "read_after_unlock", "R6 invalid mem access 'scalar'" },
        { "unlock_in_order", "can't spin_{lock,unlock} in rbtree cb" },
        { "throw_holding", "Unreleased reference id=2 alloc_insn=3" },
        { "pretend", "kernel function bpf_crypto_encrypt args#0 expected pointer to STRUCT bpf_crypto_ctx but R1 has a pointer to STRUCT bpf_crypto_ctx" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void BadProgram_IsRefusedInTheKernelsWords(string name, string message)
    {
        var spec = TestObjects.Read("objects_bad.o");
        var linked = Linker.Link(spec, spec.Programs.Single(p => p.Name == name));
        var verdict = ProgramVerifier.Verify(linked, NetProgramKinds.For(linked.Type), new VerifierOptions { CheckInvariants = true });
        Assert.Equal(message, Assert.IsType<VerifierResult.Rejected>(verdict).Message);
    }

    [Fact]
    public void BadProgramsAndTable_NameTheSame() =>
        Assert.Equal(TestObjects.Read("objects_bad.o").Programs.Select(p => p.Name).Order(), Bad.Select(row => row.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void List_GivesBackInTheOrderOfItsEnds(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        var model = new LinkedList<uint>();
        uint serial = 0;
        Gen.Int[0, 3].Array[60].Sample(steps =>
        {
            foreach (int step in steps)
            {
                uint taken = step switch { 2 => model.First?.Value ?? Nothing, 3 => model.Last?.Value ?? Nothing, _ => 0 };
                run.SetVariable("serial", ++serial);
                switch (step)
                {
                    case 0: model.AddFirst(serial); break;
                    case 1: model.AddLast(serial); break;
                    case 2 when model.Count > 0: model.RemoveFirst(); break;
                    case 3 when model.Count > 0: model.RemoveLast(); break;
                }
                Assert.Equal(taken, (uint)run.Call(step switch { 0 => "list_push_front", 1 => "list_push_back", 2 => "list_pop_front", _ => "list_pop_back" }));
                Assert.Equal(model.Count, run.Object.LiveObjects);
            }
        }, iter: 20, threads: 1);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Tree_GivesBackInOrder_EqualsAsAdded_AndFromTheMiddle(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        var tree = new List<(ulong Key, uint Serial)>();
        var slots = new Dictionary<uint, uint>();
        uint next = 0;
        Gen.Select(Gen.Int[0, 5], Gen.ULong[0, 20], Gen.UInt[0, 63]).Array[80].Sample(steps =>
        {
            foreach (var (step, key, slot) in steps)
            {
                uint serial = step < 3 ? (++next << 6) | slot : slot;
                run.SetVariable("key", key);
                run.SetVariable("serial", serial);
                if (step < 3)
                {
                    Assert.Equal(0u, (uint)run.Call("tree_add_slot"));
                    int at = tree.FindIndex(other => other.Key > key);
                    tree.Insert(at < 0 ? tree.Count : at, (key, serial));
                    slots[slot] = serial;
                }
                else if (step == 3)
                {
                    Assert.Equal(tree.Count == 0 ? Nothing : tree[0].Serial, (uint)run.Call("tree_take_first"));
                    if (tree.Count > 0) tree.RemoveAt(0);
                }
                else if (step == 4)
                {
                    int at = slots.TryGetValue(slot, out uint wanted) ? tree.FindIndex(other => other.Serial == wanted) : -1;
                    Assert.Equal(at < 0 ? Nothing : wanted, (uint)run.Call("tree_remove_slot"));
                    if (at >= 0) tree.RemoveAt(at);
                }
                else
                {
                    Assert.Equal(Nothing, (uint)run.Call("tree_remove_from_other"));
                }
                Assert.Equal(tree.Select(t => t.Serial).Concat(slots.Values).Distinct().Count(), run.Object.LiveObjects);
            }
        }, iter: 20, threads: 1);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void PushingTwice_IsRefused_AndLosesNothing(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        Assert.Equal(-(int)Errno.EINVAL, (int)run.Call("list_push_twice"));
        Assert.Equal(1, run.Object.LiveObjects);
        run.Call("list_pop_front");
        Assert.Equal(0, run.Object.LiveObjects);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Memory_IsBounded_AndUsedAgain(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine, Chunk);
        int made = 0;
        while (run.Call("list_push_back") == 0) made++;
        Assert.Equal(NoMemory, (uint)run.Call("list_push_back"));
        Assert.InRange(made, 500, 1000);
        Assert.Equal(made, run.Object.LiveObjects);
        for (int i = 0; i < made; i++) Assert.NotEqual(Nothing, (uint)run.Call("list_pop_back"));
        Assert.Equal(0, run.Object.LiveObjects);
        for (int i = 0; i < made; i++) Assert.Equal(0u, (uint)run.Call("list_push_front"));
        Assert.Equal(NoMemory, (uint)run.Call("list_push_front"));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void DeletingReplacingAndUpdatingElements_DropsWhatTheyOwn(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        var buckets = run.Object.Map("buckets");
        byte[] key = BitConverter.GetBytes(3), value = new byte[buckets.Spec.ValueSize];
        buckets.Update(key, value);
        run.SetVariable("key", 3);
        for (int i = 0; i < 10; i++) Assert.Equal(0u, (uint)run.Call("bucket_push"));
        Assert.Equal(10, run.Object.LiveObjects);
        buckets.Update(key, value);
        Assert.Equal(0, run.Object.LiveObjects);
        run.Call("bucket_push");
        buckets.Delete(key);
        Assert.Equal(0, run.Object.LiveObjects);

        run.Call("tree_add_slot");
        run.Call("tree_take_first");
        Assert.Equal(1, run.Object.LiveObjects);
        var slots = run.Object.Map("slots");
        slots.Update(new byte[4], new byte[slots.Spec.ValueSize]);
        Assert.Equal(0, run.Object.LiveObjects);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void ElementDeletedUnderAProgram_IsEmptyWhenUsedAgain(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        var buckets = run.Object.Map("buckets");
        byte[] key = BitConverter.GetBytes(5), value = new byte[buckets.Spec.ValueSize];
        run.SetVariable("key", 5);
        for (int round = 0; round < 50; round++)
        {
            buckets.Update(key, value);
            Assert.Equal(0u, (uint)run.Call("bucket_push"));
            Assert.Equal(0u, (uint)run.Call("bucket_push_deleted"));
        }
        // What lies in elements that wait to be used again is all that may be left.
        Assert.InRange(run.Object.LiveObjects, 0, 17);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void OrderFunctionThatAdds_DoesNotBreakTheTree(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        for (uint i = 1; i <= 20; i++)
        {
            run.SetVariable("serial", i);
            run.SetVariable("key", i);
            Assert.Equal(0u, (uint)run.Call("tree_add_meddling"));
            run.Call("list_push_back");
            run.Call("list_push_back");
        }
        for (uint i = 1; i <= 20; i++) Assert.Equal(i, (uint)run.Call("tree_take_first"));
        while ((uint)run.Call("list_pop_front") != Nothing) continue;
        Assert.Equal(0, run.Object.LiveObjects);
    }

    /// <summary>Types and instructions with flipped bytes: whatever the verifier lets pass stays within its memory, and nothing else goes wrong.</summary>
    [Fact]
    public void DamagedObject_IsRefused_OrRunsWithinItsMemory()
    {
        byte[] original = TestObjects.Bytes("objects.o");
        var random = new Random(FuzzEffort.Seed);
        int ran = 0, refused = 0;
        int rounds = 300 * FuzzEffort.Rounds;
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = [.. original];
            for (int i = random.Next(1, 4); i > 0; i--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                using var run = new ProgramRun(ObjectReader.Read(bytes, "damaged.o"), Engine.Interpreter, 4 * Chunk);
                foreach (var program in run.Object.Spec.Programs)
                {
                    if (!NetProgramKinds.TryFor(program.Type, out _)) continue;
                    if (run.Object.Program(program.Name).Result is VerifierResult.Rejected) refused++;
                    else if (!program.Name.StartsWith("bucket_push", StringComparison.Ordinal) || run.Object.Map("buckets").Update(new byte[4], new byte[run.Object.Map("buckets").Spec.ValueSize]) == Errno.None)
                    {
                        for (int i = 0; i < 3; i++) run.Call(program.Name);
                        ran++;
                    }
                }
            }
            catch (BadInputException)
            {
                refused++;
            }
        }
        Assert.True(ran > rounds && refused > rounds / 2, $"{ran} ran, {refused} were refused");
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void ThrowingAfterPush_KeepsTheObjectOnTheList(Engine engine)
    {
        using var run = new ProgramRun("objects.o", engine);
        run.SetVariable("serial", 9);
        Assert.Equal(7u, (uint)run.Call("throw_after_push"));
        Assert.Equal(9u, (uint)run.Call("list_pop_back"));
        Assert.Equal(0, run.Object.LiveObjects);
    }
}
