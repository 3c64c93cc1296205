using System.Buffers.Binary;
using Vm.Abi;
using Vm.Btf;

namespace Tests.Syscall;

/// <summary>What BPF_BTF_LOAD takes and refuses.</summary>
internal static class BtfRows
{
    private const int HeaderBytes = 24;

    /// <summary>All rows.</summary>
    public static IReadOnlyList<LoadRow> All { get; } =
    [
        Btf("plain", Errno.None, bytes => bytes),
        new("BTF_LOAD: unknown flag", Errno.EINVAL, bench => bench.LoadBtf(LoadBench.Types, (32, 1))),
        new("BTF_LOAD: token flag, closed descriptor", Errno.EBADF, bench => bench.LoadBtf(LoadBench.Types, (32, 1u << 16), (36, LoadBench.Closed))),
        new("BTF_LOAD: token flag, no token", Errno.EINVAL, bench => bench.LoadBtf(LoadBench.Types, (32, 1u << 16), (36, (uint)bench.Map))),
        new("BTF_LOAD: too large", Errno.E2BIG, bench => bench.LoadBtf(LoadBench.Types, (16, (16 << 20) + 1))),
        new("BTF_LOAD: too large before wrong log", Errno.E2BIG, bench => bench.LoadBtf(LoadBench.Types, (16, (16 << 20) + 1), (24, 99))),
        new("BTF_LOAD: unreadable", Errno.EFAULT, bench => bench.LoadBtf(LoadBench.Types, (0, LoadBench.Unmapped), (4, 0))),
        new("BTF_LOAD: wrong log before unreadable", Errno.EINVAL, bench => bench.LoadBtf(LoadBench.Types, (0, LoadBench.Unmapped), (4, 0), (24, 99))),
        new("BTF_LOAD: log size without buffer", Errno.EINVAL, bench => bench.LoadBtf(LoadBench.Types, (20, 10))),
        new("BTF_LOAD: log level alone", Errno.None, bench => bench.LoadBtf(LoadBench.Types, (24, 1))),
        Btf("empty", Errno.EINVAL, _ => []),
        Btf("seven bytes", Errno.EINVAL, bytes => bytes[..7]),
        Btf("header longer than the data", Errno.EINVAL, bytes => With(bytes, 4, 9999)),
        Btf("wrong magic", Errno.EINVAL, bytes => With(bytes, 0, 0x0001_eb9e)),
        Btf("version 2", Errno.ENOTSUPP, bytes => With(bytes, 0, 0x0002_eb9f)),
        Btf("flags", Errno.ENOTSUPP, bytes => With(bytes, 0, 0x0101_eb9f)),
        Btf("header alone", Errno.EINVAL, bytes => bytes[..HeaderBytes]),
        Btf("longer header", Errno.None, bytes => With([.. bytes[..HeaderBytes], .. new byte[8], .. bytes[HeaderBytes..]], 4, HeaderBytes + 8)),
        Btf("longer header with something in it", Errno.E2BIG, bytes => With([.. bytes[..HeaderBytes], 1, 0, 0, 0, .. bytes[HeaderBytes..]], 4, HeaderBytes + 4)),
        Btf("data behind", Errno.EINVAL, bytes => [.. bytes, 0, 0, 0, 0]),
        Btf("gap", Errno.EINVAL, bytes => With([.. bytes, 0, 0, 0, 0], 16, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16)) + 4)),
        Btf("overlap", Errno.EINVAL, bytes => With(bytes, 16, 4)),
        Btf("strings without end", Errno.EINVAL, bytes => [.. bytes[..^1], 1]),
        Btf("no strings", Errno.EINVAL, bytes => With(bytes[..^(int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20))], 20, 0)),
        Btf("types cut off", Errno.EINVAL, bytes => With(With(bytes, 12, 20), 16, 20)),
        Built("function without name", Errno.EINVAL, (b, number) => b.Function("", b.Prototype(number, []), BtfLinkage.Static)),
        Built("function that is an extern", Errno.EINVAL, (b, number) => b.Function("f", b.Prototype(number, []), BtfLinkage.Extern)),
        Built("function of no prototype", Errno.EINVAL, (b, number) => b.Function("f", number, BtfLinkage.Static)),
        Built("function with an odd name", Errno.EINVAL, (b, number) => b.Function("a b", b.Prototype(number, []), BtfLinkage.Static)),
        Built("function with a parameter without name", Errno.EINVAL, (b, number) => b.Function("f", b.Prototype(number, [new("", number)]), BtfLinkage.Static)),
        Built("prototype with a parameter without name", Errno.None, (b, number) => b.Prototype(number, [new("", number)])),
        Built("prototype with more parameters", Errno.None, (b, number) => b.Prototype(number, [new("a", number), new("", 0)])),
        Built("prototype with a void parameter", Errno.EINVAL, (b, number) => b.Prototype(number, [new("", 0), new("a", number)])),
        Built("variable that is an extern", Errno.EINVAL, (b, number) => b.Variable("v", number, BtfLinkage.Extern)),
        Built("variable of void", Errno.EINVAL, (b, _) => b.Variable("v", 0, BtfLinkage.Static)),
        Built("variable", Errno.None, (b, number) => b.Variable("v", number, BtfLinkage.Global)),
        Built("section", Errno.None, (b, number) => b.DataSection(".data", 4, [new(b.Variable("v", number, BtfLinkage.Static), 0, 4)])),
        Built("section without bytes", Errno.EINVAL, (b, number) => b.DataSection(".data", 0, [new(b.Variable("v", number, BtfLinkage.Static), 0, 4)])),
        Built("section, variable cut off", Errno.EINVAL, (b, number) => b.DataSection(".data", 4, [new(b.Variable("v", number, BtfLinkage.Static), 0, 2)])),
        Built("section of types", Errno.EINVAL, (b, number) => b.DataSection(".data", 4, [new(number, 0, 4)])),
        Built("member of void", Errno.EINVAL, (b, _) => b.Composite("s", false, 4, [new("m", 0, 0, 0)])),
        Built("member behind the end", Errno.EINVAL, (b, number) => b.Composite("s", false, 4, [new("m", number, 8, 0)])),
        Built("members out of order", Errno.EINVAL, (b, number) => b.Composite("s", false, 8, [new("m", number, 32, 0), new("n", number, 0, 0)])),
        Built("member of a union, not at 0", Errno.EINVAL, (b, number) => b.Composite("s", true, 8, [new("m", number, 32, 0)])),
        Built("bits of a pointer", Errno.EINVAL, (b, number) => b.Composite("s", false, 8, [new("m", b.Pointer(number), 0, 3)])),
        Built("enum without name of a value", Errno.EINVAL, (b, _) => b.Enum("e", 4, false, [new("", 1)])),
        Built("declaration without name", Errno.EINVAL, (b, _) => b.Forward("", false)),
        Built("typedef without name", Errno.EINVAL, (b, number) => b.Typedef("", number)),
        Built("typedef of a function", Errno.None, (b, number) => b.Typedef("t", b.Function("f", b.Prototype(number, []), BtfLinkage.Static))),
        Built("typedef of a variable", Errno.EINVAL, (b, number) => b.Typedef("t", b.Variable("v", number, BtfLinkage.Static))),
        Built("array of void", Errno.EINVAL, (b, number) => b.Array(0, number, 1)),
        Built("tag of a member that is not there", Errno.EINVAL, (b, number) => b.DeclTag("t", b.Composite("s", false, 4, [new("m", number, 0, 0)]), 1)),
        Built("tag of a type that takes none", Errno.EINVAL, (b, number) => b.DeclTag("t", number)),
        Built("tag", Errno.None, (b, number) => b.DeclTag("t", b.Composite("s", false, 4, [new("m", number, 0, 0)]), 0)),
        LoadRows.Rights("BTF_LOAD: no rights", Errno.EPERM, Capabilities.NetAdmin, bench => bench.LoadBtf(LoadBench.Types)),
    ];

    private static LoadRow Btf(string name, Errno answer, Func<byte[], byte[]> change) => new("BTF_LOAD: " + name, answer, bench => bench.LoadBtf(change(LoadBench.Types)));

    private static LoadRow Built(string name, Errno answer, Action<BtfBuilder, uint> add) => new(
        "BTF_LOAD: " + name,
        answer,
        bench =>
        {
            var builder = new BtfBuilder();
            add(builder, builder.Int("int", 4, signed: true));
            return bench.LoadBtf(builder.Build("test").Raw.ToArray());
        });

    private static byte[] With(byte[] bytes, int at, uint value)
    {
        byte[] changed = [.. bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), value);
        return changed;
    }
}
