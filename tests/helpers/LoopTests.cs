using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Tests.Helpers;

public class LoopTests
{
    [Theory]
    [InlineData(0, 5, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(-2, 1, new[] { -2, -1, 0 })]
    [InlineData(3, 3, new int[0])]
    [InlineData(int.MinValue, int.MinValue + 2, new[] { int.MinValue, int.MinValue + 1 })]
    [InlineData(int.MaxValue - 1, int.MaxValue, new[] { int.MaxValue - 1 })]
    public void NumIterator_WalksTheRange(int start, int end, int[] expected)
    {
        using var guest = new Guest();
        var it = new NumIterator.Iterator(guest.Room(8));
        Assert.Equal(0, NumIterator.New(it, start, end));
        var seen = new List<int>();
        for (ulong at = NumIterator.Next(guest.X, it); at != 0; at = NumIterator.Next(guest.X, it)) seen.Add(Native.Ref<int>(at));
        Assert.Equal(expected, seen);
        Assert.Equal(0ul, NumIterator.Next(guest.X, it));
        NumIterator.Destroy(it);
        Assert.Equal(0ul, NumIterator.Next(guest.X, it));
    }

    [Theory]
    [InlineData(5, 4, Errno.EINVAL)]
    [InlineData(0, 8388609, Errno.E2BIG)]
    [InlineData(int.MinValue, int.MaxValue, Errno.E2BIG)]
    public void NumIterator_RefusesBadRangesAndIsEmptyThen(int start, int end, Errno expected)
    {
        using var guest = new Guest();
        var it = new NumIterator.Iterator(guest.Room(8));
        Assert.Equal(-(int)expected, NumIterator.New(it, start, end));
        Assert.Equal(0ul, NumIterator.Next(guest.X, it));
    }

    [Fact]
    public void BpfLoop_CountsIterations()
    {
        using var guest = new Guest();
        var seen = new List<ulong>();
        using var callback = new Callback((index, context, _, _) =>
        {
            seen.Add(index);
            return index == context ? 1u : 0;
        });
        Assert.Equal(4, LoopHelpers.Loop(guest.X, 10, callback, 3, 0));
        Assert.Equal([0ul, 1, 2, 3], seen);
        Assert.Equal(10, LoopHelpers.Loop(guest.X, 10, callback, 99, 0));
        Assert.Equal(0, LoopHelpers.Loop(guest.X, 0, callback, 0, 0));
        Assert.Equal(-(long)Errno.EINVAL, LoopHelpers.Loop(guest.X, 1, callback, 0, 1));
        Assert.Equal(0xffff_fff9, LoopHelpers.Loop(guest.X, LoopHelpers.MaxLoops + 1, callback, 0, 0));
        Assert.Equal(0xffff_fff9, LoopHelpers.Loop(guest.X, (1ul << 32) + 1, callback, 0, 0));
        guest.X.LoopBudget = 5;
        Assert.Throws<LoopBudgetException>(() => LoopHelpers.Loop(guest.X, 10, callback, 99, 0));
    }

    [Fact]
    public void ForEach_VisitsArraysInOrderAndHashesWhileDeleting()
    {
        using var guest = new Guest();
        using var array = new Maps.TestMap(MapType.Array, 3);
        using var hash = new Maps.TestMap(MapType.Hash, 50);
        var keys = new List<uint>();
        using var note = new Callback((map, key, value, _) =>
        {
            Assert.Equal(array.Map.Handle, map);
            keys.Add(Native.Ref<uint>(key));
            Native.Ref<ulong>(value) = 7;
            return 0;
        });
        ulong frame = guest.X.Run.FramePointer;
        Assert.Equal(3, MapHelpers.ForEach(guest.X, array.Map, note, 0, 0));
        Assert.Equal([0u, 1, 2], keys);
        Assert.Equal((frame, 7ul), (guest.X.Run.FramePointer, array.Lookup(2).Value));
        for (uint key = 0; key < 50; key++) hash.Update(key, key);
        using var delete = new Callback((_, key, _, _) =>
        {
            Assert.Equal(0, hash.Map.ProgramDelete(guest.X, key));
            return 0;
        });
        Assert.Equal(50, MapHelpers.ForEach(guest.X, hash.Map, delete, 0, 0));
        Assert.Empty(hash.Keys());
        using var stop = new Callback((_, _, _, _) => 1);
        Assert.Equal(1, MapHelpers.ForEach(guest.X, array.Map, stop, 0, 0));
        Assert.Equal(-(long)Errno.EINVAL, MapHelpers.ForEach(guest.X, array.Map, stop, 0, 1));
    }

    [Fact]
    public void TailCall_TakesThirtyThreeAndFallsThroughOtherwise()
    {
        using var guest = new Guest();
        using var test = new Maps.TestMap(MapType.ProgArray, 2, value: 4);
        var programs = (ProgArrayMap)test.Map;
        var target = new ExecutableProgram("t", ProgramType.SchedCls, AttachType.None, (_, _) => 0, "test");
        programs.Set(1, target);
        foreach (uint index in (uint[])[0, 2, uint.MaxValue])
        {
            MapHelpers.TailCall(guest.X, 0, programs, index);
            Assert.Null(guest.X.Run.TailTarget);
        }
        for (int call = 0; call < 33; call++)
        {
            guest.X.Run.TailTarget = null;
            MapHelpers.TailCall(guest.X, 0, programs, 1);
            Assert.Same(target, guest.X.Run.TailTarget);
        }
        guest.X.Run.TailTarget = null;
        MapHelpers.TailCall(guest.X, 0, programs, 1);
        Assert.Null(guest.X.Run.TailTarget);
    }

    private sealed class Callback(Func<ulong, ulong, ulong, ulong, uint> body) : GuestCallback
    {
        public override ulong Invoke(ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => body(r1, r2, r3, r4);
    }
}
