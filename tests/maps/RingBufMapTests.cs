using CsCheck;
using Vm.Abi;
using Vm.Maps;
using Vm.Memory;

namespace Tests.Maps;

public class RingBufMapTests
{
    private const int Size = 4096;

    [Fact]
    public void AnySequence_KeepsOrderAndTheKernelsIdeaOfFull()
    {
        // Act 0-3 reserve, 4 submit, 5 discard (of a random open record), 6 consume, 7 output.
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 1500], Gen.Int[0, 100]).Array[0, 150].Sample(steps =>
        {
            using var test = Ring();
            var ring = (RingBufMap)test.Map;
            var records = new List<Record>();
            ulong produced = 0, consumed = 0;
            byte stamp = 0;
            foreach (var (act, size, pick) in steps)
            {
                var open = records.Where(r => r.State == State.Busy).ToArray();
                if (act <= 3 || act == 7)
                {
                    ulong bytes = ((ulong)size + 15) & ~7ul;
                    ulong oldest = records.FirstOrDefault(r => r.State == State.Busy)?.At ?? produced;
                    bool fits = bytes <= Size && produced + bytes - consumed <= Size - 1 && produced + bytes - oldest <= Size - 1;
                    byte[] content = [.. Enumerable.Range(0, size).Select(i => (byte)(stamp + i))];
                    stamp++;
                    ulong address = 0;
                    if (act == 7) Assert.Equal(fits ? 0 : -(long)Errno.EAGAIN, ring.Output(content));
                    else
                    {
                        address = ring.Reserve((ulong)size);
                        Assert.Equal(fits, address != 0);
                        if (fits) content.CopyTo(Native.Bytes(address, size));
                    }
                    if (fits) records.Add(new Record(produced, bytes, address, content) { State = act == 7 ? State.Ready : State.Busy });
                    if (fits) produced += bytes;
                }
                else if (act is 4 or 5 && open.Length > 0)
                {
                    var record = open[pick % open.Length];
                    RingBufMap.Commit(record.Address, discard: act == 5);
                    record.State = act == 5 ? State.Discarded : State.Ready;
                }
                else if (act == 6)
                {
                    int most = 1 + pick % 4, expected = 0;
                    var wanted = new List<byte[]>();
                    while (records.Count > 0 && records[0].State != State.Busy && expected < most)
                    {
                        consumed += records[0].Bytes;
                        if (records[0].State == State.Ready)
                        {
                            expected++;
                            wanted.Add(records[0].Content);
                        }
                        records.RemoveAt(0);
                    }
                    var got = new List<byte[]>();
                    Assert.Equal(expected, ring.Consume(record =>
                    {
                        got.Add(record.ToArray());
                        return 0;
                    }, most));
                    Assert.Equal(wanted, got);
                }
                Assert.Equal((produced - consumed, (ulong)Size, consumed, produced, 0ul), (ring.Query(0), ring.Query(1), ring.Query(2), ring.Query(3), ring.Query(4)));
                foreach (var record in records)
                {
                    bool writable = record.State == State.Busy && record.Content.Length > 0;
                    if (record.Address != 0 && record.Content.Length > 0) Assert.Equal(writable, ring.Allows(record.Address, record.Content.Length, MemoryAccess.Write));
                    if (record.Address != 0) Assert.False(ring.Allows(record.Address, record.Content.Length + 1, MemoryAccess.Write));
                    if (record.Address != 0) Assert.False(ring.Allows(record.Address - 1, 1, MemoryAccess.Write));
                }
            }
        }, iter: 400, seed: "0000KOIPe6a5");
    }

    [Theory]
    [InlineData(4088, false)]
    [InlineData(4080, true)]
    [InlineData(4081, false)]
    [InlineData(0, true)]
    [InlineData(0x3fffffff, false)]
    [InlineData(0x40000000, false)]
    [InlineData(ulong.MaxValue, false)]
    public void Reserve_TakesAtMostTheSizeLessOne(ulong bytes, bool fits)
    {
        using var test = Ring();
        Assert.Equal(fits, ((RingBufMap)test.Map).Reserve(bytes) != 0);
    }

    [Fact]
    public void BusyRecord_StopsTheConsumerAndHoldsBackThoseBehindIt()
    {
        using var test = Ring();
        var ring = (RingBufMap)test.Map;
        ulong first = ring.Reserve(8);
        ring.Output([1]);
        Assert.Equal(0, ring.Consume(_ => 0));
        RingBufMap.Commit(first, discard: true);
        Assert.Equal(1, ring.Consume(_ => 0));
    }

    [Fact]
    public void ConsumeN_CountsWhatIsDelivered()
    {
        using var test = Ring();
        var ring = (RingBufMap)test.Map;
        for (byte i = 0; i < 6; i++)
        {
            ulong record = ring.Reserve(1);
            Native.Ref<byte>(record) = i;
            RingBufMap.Commit(record, discard: i % 2 == 0);
        }
        var got = new List<byte>();
        int Read(ReadOnlySpan<byte> record)
        {
            got.Add(record[0]);
            return record[0] == 3 ? -7 : 0;
        }
        // None asked for still delivers one: the limit is looked at after the count.
        Assert.Equal(1, ring.Consume(Read, 0));
        Assert.Equal(-7, ring.Consume(Read, 5));
        Assert.Equal(1, ring.Consume(Read, 5));
        Assert.Equal([1, 3, 5], got);
        Assert.Equal(0ul, ring.Query(0));
    }

    [Fact]
    public void CallsOfUserSpace_AreENOTSUPP()
    {
        using var test = Ring();
        Assert.Equal(Errno.ENOTSUPP, test.Map.Lookup([], []));
        Assert.Equal(Errno.ENOTSUPP, test.Map.Update([], []));
        Assert.Equal(Errno.ENOTSUPP, test.Map.Delete([]));
        Assert.Equal(Errno.ENOTSUPP, test.Map.NextKey([], []));
    }

    [Fact]
    public void ProducersAndAConsumer_LoseNothing()
    {
        const int each = 20_000;
        using var test = Ring();
        var ring = (RingBufMap)test.Map;
        int running = 2;
        long sum = 0, count = 0;
        void Produce(int first)
        {
            for (int i = 0; i < each;)
            {
                ulong record = ring.Reserve(8 + (ulong)(i % 40));
                if (record == 0)
                {
                    Thread.Yield();
                    continue;
                }
                Native.Ref<long>(record) = first + i++;
                RingBufMap.Commit(record, discard: false);
            }
            Interlocked.Decrement(ref running);
        }
        int Read(ReadOnlySpan<byte> record)
        {
            sum += BitConverter.ToInt64(record);
            count++;
            return 0;
        }
        Parallel.Invoke(() => Produce(0), () => Produce(each), () =>
        {
            while (Volatile.Read(ref running) > 0)
            {
                if (ring.Consume(Read) == 0) Thread.Yield();
            }
        });
        ring.Consume(Read);
        Assert.Equal((2 * each, (long)each * (2 * each - 1)), (count, sum));
    }

    private static TestMap Ring() => new(MapType.RingBuf, Size, 0, 0);

    private enum State
    {
        Busy,
        Ready,
        Discarded,
    }

    private sealed class Record(ulong at, ulong bytes, ulong address, byte[] content)
    {
        public ulong At => at;

        public ulong Bytes => bytes;

        public ulong Address => address;

        public byte[] Content => content;

        public State State { get; set; }
    }
}
