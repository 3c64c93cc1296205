using Vm.Btf;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Kernel;

/// <summary>The part of a kernel that owns what bpf(2) makes: which memory is live, who is looking at it, which objects have which id.</summary>
/// <remarks>One for each network; objects that are loaded into the same kernel share pinned maps and see each other's memory.</remarks>
public sealed class BpfKernel : IDisposable
{
    private const string OwnName = "vmlinux";

    private readonly Lock _gate = new();
    private readonly IdTable<BpfBtf> _btfs = new();
    private BpfBtf? _ownTypes;
    private uint _lastPid;

    /// <summary>Characters a map's or program's name has at most (BPF_OBJ_NAME_LEN less the NUL).</summary>
    public const int MostNameCharacters = 15;

    /// <summary>Memory of all maps and objects that are live.</summary>
    public GuestRegions Memory { get; } = new();

    /// <summary>The CPUs that run programs, as readers of what is attached.</summary>
    public Rcu Readers { get; } = new();

    /// <summary>The file tree with the bpf file systems objects are pinned in.</summary>
    public FileTree Files { get; } = new();

    /// <summary>Maps by id.</summary>
    public IdTable<BpfMap> Maps { get; } = new();

    /// <summary>Programs by id.</summary>
    public IdTable<BpfProg> Progs { get; } = new();

    /// <summary>Links by id.</summary>
    public IdTable<BpfLink> Links { get; } = new();

    /// <summary>BTFs by id; the kernel's own is 1.</summary>
    public IdTable<BpfBtf> Btfs
    {
        get
        {
            // Made when first asked for, before any other gets an id.
            _ = OwnTypes;
            return _btfs;
        }
    }

    /// <summary>Where the kernel's own types come from, functions included; asked once. Whoever loads first says; the built-in types when nobody does.</summary>
    public Func<BtfSpec>? Types { get; set; }

    /// <summary>The kernel's own types (/sys/kernel/btf/vmlinux): what programs name kernel functions by.</summary>
    public BpfBtf OwnTypes
    {
        get
        {
            if (Volatile.Read(ref _ownTypes) is { } made) return made;
            lock (_gate)
            {
                if (_ownTypes is not null) return _ownTypes;
                var types = Types?.Invoke() ?? KernelTypes.Spec;
                var own = new BpfBtf(types, types.Raw) { Name = OwnName, IsKernel = true };
                _btfs.Add(own);
                Volatile.Write(ref _ownTypes, own);
                return own;
            }
        }
    }

    /// <summary>sysctl kernel.unprivileged_bpf_disabled: 0 lets anybody make maps and load some programs, 1 and 2 do not; 1 cannot be taken back.</summary>
    public int UnprivilegedBpfDisabled { get; set; } = 2;

    /// <summary>Nanoseconds since boot; the network's clock.</summary>
    public Func<ulong> Clock { get; set; } = () => 0;

    internal uint NextPid() => Interlocked.Increment(ref _lastPid);

    /// <summary>Makes a heap known: its memory is live until it is freed, and it is freed after the packets that may see it.</summary>
    public void Track<T>(T made) where T : RefCounted, IGuestMemory
    {
        ArgumentNullException.ThrowIfNull(made);
        made.Readers = Readers;
        Memory.Add(made);
    }

    /// <summary>Makes a map known: as memory, and by id.</summary>
    /// <returns>The map as bpf(2) sees it.</returns>
    public BpfMap Adopt(Map made, BpfBtf? btf = null)
    {
        Track(made);
        btf?.Acquire();
        if (btf is not null && SpecialFields.Of(made.Spec).Any(field => field.HoldsAllocations))
        {
            // Whatever program puts objects there, and whether or not it makes any: they are in this heap.
            var heap = btf.AcquireHeap(this);
            made.Keep(heap);
            heap.Release();
        }
        var map = new BpfMap(made) { Btf = btf, Frozen = made.Spec.Frozen };
        Maps.Add(map);
        made.Freed += _ =>
        {
            Maps.Remove(map);
            btf?.Release();
        };
        return map;
    }

    /// <summary>Makes a program known by id. Its BTF is held as long as it lives.</summary>
    public void Adopt(BpfProg made)
    {
        ArgumentNullException.ThrowIfNull(made);
        made.Code.Readers = Readers;
        made.Btf?.Acquire();
        Progs.Add(made);
        made.Code.Freed += _ =>
        {
            Progs.Remove(made);
            made.Unbind();
            made.Btf?.Release();
        };
    }

    /// <summary>Makes sure a program that is about to be attached is one of this kernel's; one no kernel knows becomes known.</summary>
    /// <exception cref="InvalidOperationException">It was loaded into another kernel, whose memory packets here do not see.</exception>
    public void Know(ExecutableProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Id == 0) Adopt(new BpfProg(program));
        else if (!Progs.TryGet(program.Id, out var known) || known.Code != program)
            throw new InvalidOperationException($"{program} was loaded into another kernel; load its object with LoadOptions.Kernel set to the network's.");
    }

    /// <summary>Makes a BTF known by id.</summary>
    public void Adopt(BpfBtf made)
    {
        ArgumentNullException.ThrowIfNull(made);
        Btfs.Add(made);
        made.Freed += _ => Btfs.Remove(made);
    }

    /// <summary>Makes a link known by id.</summary>
    public void Adopt(BpfLink made)
    {
        ArgumentNullException.ThrowIfNull(made);
        Links.Add(made);
        made.Freed += _ => Links.Remove(made);
    }

    /// <summary>Takes all pins away. What others hold stays.</summary>
    public void Dispose() => Files.Clear();
}
