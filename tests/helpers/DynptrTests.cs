using Vm.Abi;
using Vm.Helpers;

namespace Tests.Helpers;

public class DynptrTests
{
    private const long EInval = -(long)Errno.EINVAL, E2Big = -(long)Errno.E2BIG, ERange = -(long)Errno.ERANGE;

    [Fact]
    public void FromMem_RefusesFlagsAndSizeWithANullDynptr()
    {
        using var guest = new Guest();
        var cell = new DynptrRef(guest.Room(16));
        ulong data = guest.Room(64);
        Assert.Equal(0, DynptrHelpers.FromMem(guest.Bytes(data, 64), 0, cell));
        Assert.Equal(64u, DynptrHelpers.Size(cell));
        Assert.Equal(EInval, DynptrHelpers.FromMem(guest.Bytes(data, 64), 1, cell));
        Assert.True(DynptrHelpers.IsNull(cell));
        Assert.Equal(unchecked((uint)EInval), DynptrHelpers.Size(cell));
        Assert.Equal(E2Big, DynptrHelpers.FromMem(new byte[1 << 24], 1, cell));
        Assert.True(DynptrHelpers.IsNull(cell));
    }

    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(8, 0, 0)]
    [InlineData(7, 1, 0)]
    [InlineData(7, 2, E2Big)]
    [InlineData(9, 0, E2Big)]
    [InlineData(uint.MaxValue, 1, E2Big)]
    public void ReadAndWrite_StayInside(uint offset, int bytes, long expected)
    {
        using var guest = new Guest();
        var (dynptr, data) = guest.Local([0, 1, 2, 3, 4, 5, 6, 7]);
        var buffer = new byte[bytes];
        Assert.Equal(expected, DynptrHelpers.Read(guest.X, buffer, dynptr, offset, 0));
        if (expected == 0) Assert.Equal(guest.Bytes(data + offset, bytes).ToArray(), buffer);
        buffer.AsSpan().Fill(0xee);
        Assert.Equal(expected, DynptrHelpers.Write(guest.X, dynptr, offset, buffer, 0));
        for (int i = 0; i < 8; i++) Assert.Equal(expected == 0 && i >= offset && i < offset + bytes ? 0xee : i, guest.Bytes(data, 8)[i]);
    }

    [Fact]
    public void NullReadOnlyAndFlags_AreRefused()
    {
        using var guest = new Guest();
        var (readOnly, data) = guest.Local([1, 2, 3, 4], readOnly: true);
        var (plain, _) = guest.Local([1, 2, 3, 4]);
        var none = new DynptrRef(guest.Put(new byte[16]));
        Assert.Equal(0, DynptrHelpers.Read(guest.X, new byte[4], readOnly, 0, 0));
        Assert.Equal(EInval, DynptrHelpers.Write(guest.X, readOnly, 0, new byte[1], 0));
        Assert.Equal(EInval, DynptrHelpers.Write(guest.X, plain, 0, new byte[1], 1));
        Assert.Equal(EInval, DynptrHelpers.Read(guest.X, new byte[1], plain, 0, 1));
        Assert.Equal((EInval, EInval), (DynptrHelpers.Read(guest.X, [], none, 0, 0), DynptrHelpers.Write(guest.X, none, 0, [], 0)));
        Assert.Equal((0ul, 0ul), (DynptrHelpers.Data(readOnly, 0, 4), DynptrHelpers.Data(none, 0, 0)));
        Assert.Equal((true, false, false), (DynptrHelpers.IsReadOnly(readOnly), DynptrHelpers.IsReadOnly(plain), DynptrHelpers.IsReadOnly(none)));
        var buffer = new BufferOrNull(guest.Room(8), 4);
        Assert.Equal(data, DynptrHelpers.Slice(guest.X, readOnly, 0, buffer));
        Assert.Equal(0ul, DynptrHelpers.SliceReadWrite(guest.X, readOnly, 0, buffer));
        Assert.Equal(0ul, DynptrHelpers.Slice(guest.X, plain, 1, buffer));
    }

    [Fact]
    public void AdjustAndClone_MoveTheWindowOfOneOnly()
    {
        using var guest = new Guest();
        var (dynptr, data) = guest.Local([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        var copy = new DynptrRef(guest.Room(16));
        Assert.Equal(0, DynptrHelpers.Clone(dynptr, copy));
        Assert.Equal((EInval, ERange), (DynptrHelpers.Adjust(dynptr, 5, 4), DynptrHelpers.Adjust(dynptr, 0, 11)));
        Assert.Equal(10u, DynptrHelpers.Size(dynptr));
        Assert.Equal(0, DynptrHelpers.Adjust(dynptr, 2, 8));
        Assert.Equal(0, DynptrHelpers.Adjust(dynptr, 1, 5));
        Assert.Equal((4u, 10u), (DynptrHelpers.Size(dynptr), DynptrHelpers.Size(copy)));
        Assert.Equal(data + 3, DynptrHelpers.Data(dynptr, 0, 4));
        Assert.Equal(0ul, DynptrHelpers.Data(dynptr, 1, 4));
        var none = new DynptrRef(guest.Put(new byte[16]));
        Assert.Equal(EInval, DynptrHelpers.Clone(none, copy));
        Assert.True(DynptrHelpers.IsNull(copy));
        Assert.Equal(EInval, DynptrHelpers.Adjust(none, 0, 0));
    }

    [Fact]
    public void RingBufDynptr_IsSubmittedOnceAndNullWhenFull()
    {
        using var guest = new Guest();
        using var test = new Maps.TestMap(MapType.RingBuf, 4096, 0, 0);
        var ring = (Vm.Maps.RingBufMap)test.Map;
        var cell = new DynptrRef(guest.Room(16));
        Assert.Equal(0, RingBufHelpers.ReserveDynptr(ring, 100, 0, cell));
        Assert.Equal(0, DynptrHelpers.Write(guest.X, cell, 90, "0123456789"u8, 0));
        RingBufHelpers.SubmitDynptr(cell, 0);
        Assert.True(DynptrHelpers.IsNull(cell));
        RingBufHelpers.SubmitDynptr(cell, 0);
        Assert.Equal(1, ring.Consume(record => record.Length == 100 && record[99] == '9' ? 0 : -1));
        Assert.Equal(EInval, RingBufHelpers.ReserveDynptr(ring, 5000, 0, cell));
        Assert.Equal(EInval, RingBufHelpers.ReserveDynptr(ring, 10, 1, cell));
        Assert.Equal(E2Big, RingBufHelpers.ReserveDynptr(ring, Dynptr.MaxSize + 1, 0, cell));
        Assert.True(DynptrHelpers.IsNull(cell));
        Assert.Equal(EInval, RingBufHelpers.Output(ring, [1], 4));
        Assert.Equal(0ul, RingBufHelpers.Reserve(ring, 8, 1));
    }
}
