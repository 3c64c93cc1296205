using Vm.Helpers;
using Vm.Memory;
using Vm.Runtime;

namespace Tests.Helpers;

/// <summary>A simulated CPU with one page of guest memory, for calling helpers directly.</summary>
internal sealed class Guest : IGuestMemory, ITraceSink, IDisposable
{
    private readonly NativeBlock _memory = new(4096);
    private int _used;

    public Guest()
    {
        X = new ExecContext(0, 1, new SeededRandom(1));
        X.Regions.Add(this);
        X.Trace = this;
    }

    public ExecContext X { get; }

    public List<string> Printed { get; } = [];

    public ulong Put(ReadOnlySpan<byte> bytes)
    {
        ulong at = Room(bytes.Length);
        bytes.CopyTo(Native.Bytes(at, bytes.Length));
        return at;
    }

    public ulong Text(string text) => Put([.. System.Text.Encoding.Latin1.GetBytes(text), 0]);

    public ulong Room(int bytes)
    {
        ulong at = _memory.Address + (ulong)_used;
        _used += (bytes + 15) & ~15;
        Assert.True(_used <= 4096);
        return at;
    }

    public Span<byte> Bytes(ulong at, int bytes)
    {
        Assert.True(_memory.Contains(at, bytes), "outside the page of this guest");
        return Native.Bytes(at, bytes);
    }

    /// <summary>A dynptr over a copy of the bytes.</summary>
    public (DynptrRef Dynptr, ulong Data) Local(ReadOnlySpan<byte> bytes, bool readOnly = false)
    {
        ulong data = Put(bytes), cell = Room(16);
        Native.Ref<Dynptr>(cell) = new Dynptr(data, (uint)bytes.Length, DynptrKind.Local, readOnly);
        return (new DynptrRef(cell), data);
    }

    public bool Allows(ulong address, int bytes, MemoryAccess access) => _memory.Contains(address, bytes);

    public void Dispose()
    {
        X.Dispose();
        _memory.Dispose();
    }

    void ITraceSink.Printk(int cpu, long monotonicNs, ReadOnlySpan<byte> text) => Printed.Add(System.Text.Encoding.Latin1.GetString(text));
}
