using BenchmarkDotNet.Attributes;
using Vm.Abi;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Bench;

/// <summary>What does one lookup by a program cost, in each kind of map, at a size that fits the caches and one that does not?</summary>
[MemoryDiagnoser]
public class MapLookupBench : IDisposable
{
    private const int Keys = 256;

    private readonly ExecContext _x = new(0, 1, new SeededRandom(1));
    private readonly NativeBlock _keys = new(8 * Keys);
    private Map? _map;

    /// <summary>Map type.</summary>
    [Params(MapType.Array, MapType.Hash, MapType.LruHash, MapType.LpmTrie)]
    public MapType Type { get; set; }

    /// <summary>Elements in the map.</summary>
    [Params(256, 1 << 20)]
    public int Entries { get; set; }

    /// <summary>Fills the map and draws the keys that are looked up.</summary>
    [GlobalSetup]
    public void Setup()
    {
        bool trie = Type == MapType.LpmTrie;
        var spec = new MapSpec
        {
            Name = "bench", Type = Type, KeySize = trie ? 8u : 4u, ValueSize = 8, MaxEntries = (uint)Entries, Flags = trie ? MapFlags.NoPrealloc : MapFlags.None,
        };
        _map = MapFactory.Create(spec, 1, new ValueLayout(8, []));
        for (uint i = 0; i < Entries; i++) _map.Update(Key(i, trie), new byte[8]);
        var random = new SeededRandom(3);
        for (int i = 0; i < Keys; i++) Key(random.NextUInt32() % (uint)Entries, trie).CopyTo(_keys.Bytes(8 * i, 8));
    }

    /// <summary>256 lookups.</summary>
    [Benchmark(OperationsPerInvoke = Keys)]
    public ulong Lookup()
    {
        ulong found = 0;
        for (int i = 0; i < Keys; i++) found |= _map!.ProgramLookup(_x, _keys.Address + 8ul * (ulong)i);
        return found;
    }

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _map?.Dispose();
        _keys.Dispose();
        _x.Dispose();
        GC.SuppressFinalize(this);
    }

    private static byte[] Key(uint number, bool trie) => trie ? [32, 0, 0, 0, .. BitConverter.GetBytes(number * 2654435761)] : BitConverter.GetBytes(number);
}
