using Netdev;
using Netdev.Devices;
using Vm.Abi;
using Vm.Kernel;
using Vm.Syscall;

namespace Tests.Syscall;

/// <summary>Tokens: what a bpf file system delegates, who gets one, and what it is good for. Rows marked [L] in the kernel's case were asked of a live kernel.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Place = "/sys/fs/bpf/mine";

    private readonly Network _network = new();
    private readonly BpfSyscalls _syscalls;
    private readonly UserNamespace _space = new(UserNamespace.Initial);
    private readonly List<IDisposable> _made = [];

    public TokenTests() => _syscalls = _network.Syscalls();

    public void Dispose()
    {
        foreach (var one in _made) one.Dispose();
        _network.Dispose();
    }

    [Theory]
    [InlineData("delegate_maps=array:hash", 1ul << 1 | 1ul << 2)]
    [InlineData("delegate_maps=ARRAY", 1ul << 2)]
    [InlineData("delegate_maps=hash:0x4", 4ul)]
    [InlineData("delegate_maps=0x4:hash", 4ul | 2)]
    [InlineData("delegate_maps=any", ulong.MaxValue)]
    [InlineData("delegate_maps=array,delegate_maps=hash", 6ul)]
    [InlineData("delegate_maps=cgroup_storage", 1ul << 19)]
    [InlineData("nosuid,delegate_maps=arena", 1ul << 33)]
    public void Masks_AreReadAsTheKernelReadsThem(string text, ulong mask)
    {
        Assert.True(BpfMountOptions.TryParse(text, out var options, out _));
        Assert.Equal(mask, options.MapTypes);
    }

    [Theory]
    [InlineData("delegate_progs=xdq")]
    [InlineData("mode=9")]
    [InlineData("uid=root")]
    public void WhatIsNotUnderstood_IsRefusedWithTheOption(string text)
    {
        Assert.False(BpfMountOptions.TryParse(text, out _, out string problem));
        Assert.Contains(text, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyTheRootOfABpfFileSystem_GivesTokens()
    {
        Mount("delegate_cmds=any", _space);
        var calls = In(_space, Capabilities.Bpf);
        Assert.Equal(Errno.EINVAL, Create(calls, Open(calls, Place), flags: 1));
        Assert.Equal(Errno.EBADF, Create(calls, 77));
        Assert.Equal(Errno.EINVAL, Create(calls, 0));
        Assert.Equal(Errno.EINVAL, Create(calls, Open(calls, "/sys")));
        Assert.Equal(Errno.None, _network.Kernel.Files.MakeDirectory(calls.Process, Place + "/below", 0x1ff));
        Assert.Equal(Errno.EINVAL, Create(calls, Open(calls, Place + "/below")));
        Assert.Equal(Errno.None, Create(calls, Open(calls, Place)));
    }

    [Fact]
    public void ATokenIsForProcessesOfTheFileSystemsNamespace_WithTheCapability()
    {
        Mount("delegate_cmds=any", _space);
        var outside = In(UserNamespace.Initial, Capabilities.All);
        Assert.Equal(Errno.EPERM, Create(outside, Open(outside, Place)));
        var weak = In(_space, Capabilities.NetAdmin);
        Assert.Equal(Errno.EPERM, Create(weak, Open(weak, Place)));
        var first = In(UserNamespace.Initial, Capabilities.All);
        Assert.Equal(Errno.EOPNOTSUPP, Create(first, Open(first, "/sys/fs/bpf")));
        Mount("", _space, Place + "2");
        var none = In(_space, Capabilities.Bpf);
        Assert.Equal(Errno.ENOENT, Create(none, Open(none, Place + "2")));
    }

    [Theory]
    [InlineData("delegate_cmds=map_create,delegate_maps=lpm_trie", Capabilities.Bpf, Errno.None)]
    [InlineData("delegate_cmds=map_create,delegate_maps=array", Capabilities.Bpf, Errno.EPERM)]
    [InlineData("delegate_cmds=prog_load,delegate_maps=any", Capabilities.Bpf, Errno.EPERM)]
    [InlineData("delegate_cmds=any,delegate_maps=any", Capabilities.None, Errno.EPERM)]
    public void AMapIsMade_WhereTokenAndCapabilityAllowIt(string options, Capabilities capabilities, Errno errno)
    {
        Mount(options, _space);
        var owner = In(_space, Capabilities.Bpf);
        int token = Descriptor(owner, BpfCommand.TokenCreate, 8, (4, Open(owner, Place)));
        Assert.True(token >= 0, ((Errno)(-token)).ToString());
        owner.Process.Capabilities = capabilities;
        Assert.Equal(Errno.EPERM, Trie(owner, 0, withToken: false));
        Assert.Equal(errno, Trie(owner, token, withToken: true));
        Assert.Equal(Errno.EINVAL, Trie(owner, 0, withToken: true));
        Assert.Equal(Errno.EBADF, Trie(owner, 99, withToken: true));
    }

    private static Errno Create(SimulatedCalls calls, int directory, int flags = 0) => Of(Descriptor(calls, BpfCommand.TokenCreate, 8, (0, flags), (4, directory)));

    private static Errno Trie(SimulatedCalls calls, int token, bool withToken) => Of(Descriptor(calls, BpfCommand.MapCreate, 80,
        (0, (int)MapType.LpmTrie), (4, 8), (8, 4), (12, 1), (16, (int)(MapFlags.NoPrealloc | (withToken ? MapFlags.TokenFd : 0))), (76, token)));

    private static Errno Of(int answer) => answer < 0 ? (Errno)(-answer) : Errno.None;

    private static int Descriptor(SimulatedCalls calls, BpfCommand command, int size, params (int Offset, int Value)[] fields)
    {
        calls.Memory.Reset();
        ulong attributes = calls.Memory.Allocate(size);
        foreach (var (offset, value) in fields) calls.Memory.Ref<int>(attributes + (ulong)offset) = value;
        return calls.Bpf(command, attributes, (uint)size);
    }

    private int Open(SimulatedCalls calls, string path)
    {
        Assert.Equal(Errno.None, _network.Kernel.Files.Find(calls.Process, path, out var node));
        using var file = new OpenFile(node!);
        return calls.Process.Files.Open(file);
    }

    private void Mount(string options, UserNamespace owner, string path = Place)
    {
        Assert.True(BpfMountOptions.TryParse(options, out var read, out string problem), problem);
        _network.Kernel.Files.Mount(path, read, owner);
    }

    private SimulatedCalls In(UserNamespace space, Capabilities capabilities)
    {
        var process = _network.StartProcess();
        (process.UserNamespace, process.Capabilities) = (space, capabilities);
        var calls = new SimulatedCalls(_syscalls, process);
        _made.Add(process);
        _made.Add(calls);
        return calls;
    }
}
