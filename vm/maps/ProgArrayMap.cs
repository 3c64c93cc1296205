using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_PROG_ARRAY: the jump table of tail calls.</summary>
/// <remarks>
/// The first program put in, or the first program that uses the map, decides which programs are compatible. A slot holds its program;
/// the programs leave when nobody in user space holds the map any more, since otherwise a program that jumps to itself would live for ever.
/// Source: Linux 6.12 kernel/bpf/arraymap.c, prog_fd_array_get_ptr; kernel/bpf/core.c, bpf_prog_map_compatible.
/// </remarks>
public sealed class ProgArrayMap : Map
{
    private readonly ExecutableProgram?[] _programs;
    private TailCallOwner? _owner;

    internal ProgArrayMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        _programs = MapMemory.Slots<ExecutableProgram>(spec);
    }

    /// <summary>The program in a slot; null when it is empty or there is no such slot.</summary>
    public ExecutableProgram? At(uint index) => index < (uint)_programs.Length ? Volatile.Read(ref _programs[index]) : null;

    /// <summary>The kind of programs it is tied to; null before there is one.</summary>
    public TailCallOwner? Owner => _owner;

    /// <summary>Ties the map to a kind of program; EINVAL when it is tied to another one.</summary>
    public Errno Claim(TailCallOwner owner)
    {
        _owner ??= owner;
        return _owner == owner ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Puts a program in a slot.</summary>
    /// <returns>E2BIG when there is no such slot, EINVAL when the program is of another kind than those of the map.</returns>
    public Errno Set(uint index, ExecutableProgram program)
    {
        if (index >= (uint)_programs.Length) return Errno.E2BIG;
        using var held = Hold();
        var errno = Claim(program.Owner);
        if (errno != Errno.None) return errno;
        program.Acquire();
        Interlocked.Exchange(ref _programs[index], program)?.Release();
        return Errno.None;
    }

    /// <summary>Copies out the program's id.</summary>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (At(BinaryPrimitives.ReadUInt32LittleEndian(key)) is not { } program) return Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(value, program.Id);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= (uint)_programs.Length) return Errno.E2BIG;
        if (Interlocked.Exchange(ref _programs[index], null) is not { } program) return Errno.ENOENT;
        program.Release();
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => ArrayKeys.Next(key, next, Spec.MaxEntries);

    /// <inheritdoc/>
    protected override void OnUserless() => Clear();

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        Clear();
        base.OnDispose();
    }

    private void Clear()
    {
        for (int index = 0; index < _programs.Length; index++) Interlocked.Exchange(ref _programs[index], null)?.Release();
    }

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;
}
