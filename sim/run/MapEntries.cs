using System.Buffers.Binary;
using System.Globalization;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Maps;

namespace Sim.Run;

/// <summary>Map entries as scenarios write them, to bytes and back.</summary>
internal static class MapEntries
{
    /// <summary>Puts one entry into a map.</summary>
    public static Errno Put(Testbed testbed, BpfObject owner, Map map, MapEntry entry)
    {
        byte[] key = Key(map, entry, testbed.Scenario.File);
        if (entry.Target is not { } target) return map.Update(key, Value(map, entry.Value!, testbed.Scenario.File));
        switch (map)
        {
            case ProgArrayMap programs:
                return programs.Set(BinaryPrimitives.ReadUInt32LittleEndian(key), testbed.Program(target, entry.Where).Compile());
            case MapOfMaps maps:
                return maps.Set(key, owner.Map(target));
            default:
                if (!testbed.Devices.TryGetValue(target, out var device))
                    throw new ScenarioFormatException(testbed.Scenario.File, entry.Where, $"there is no device '{target}'");
                byte[] value = new byte[map.UserValueBytes];
                BinaryPrimitives.WriteInt32LittleEndian(value, device.Ifindex);
                return map.Update(key, value);
        }
    }

    /// <summary>The bytes of an entry's key.</summary>
    public static byte[] Key(Map map, MapEntry entry, string source)
    {
        if (map.Spec.KeySize == 0) return [];
        if (entry.Key is not { } key) throw new ScenarioFormatException(source, entry.Where, $"map '{map.Name}' has keys; write 'key: …'");
        return Encode(map.Spec.Btf, map.Spec.KeyTypeId, (int)map.Spec.KeySize, key, source);
    }

    /// <summary>The bytes of a value, for per-CPU maps one for each CPU: a list gives each its own, anything else is given to all.</summary>
    public static byte[] Value(Map map, WrittenValue value, string source)
    {
        byte[] Of(WrittenValue node) => Encode(map.Spec.Btf, map.Spec.ValueTypeId, (int)map.Spec.ValueSize, node, source);
        if (!IsPerCpu(map)) return Of(value);
        var all = new byte[map.UserValueBytes];
        int stride = all.Length / map.CpuCount;
        for (int cpu = 0; cpu < map.CpuCount; cpu++)
        {
            var node = value is WrittenList list ? list.Items.ElementAtOrDefault(cpu) : value;
            if (node is not null) Of(node).CopyTo(all, cpu * stride);
        }
        return all;
    }

    /// <summary>True for maps with a value a CPU.</summary>
    public static bool IsPerCpu(Map map) => map is PerCpuArrayMap or HashMapBase { PerCpu: true };

    /// <summary>Bytes of a value by its BTF type; without one, a number or hexadecimal bytes.</summary>
    public static byte[] Encode(BtfSpec? btf, uint typeId, int size, WrittenValue node, string source)
    {
        try
        {
            if (btf is not null && typeId != 0) return BtfValue.Encode(btf, typeId, node);
        }
        catch (BtfValueException refused)
        {
            throw new ScenarioFormatException(source, refused.Where.Length > 0 ? refused.Where : node.Where, refused.What);
        }
        var bytes = new byte[size];
        if (node is not WrittenScalar scalar) throw new ScenarioFormatException(source, node.Where, "the object has no types (compile it with -g); write a number or 0x and hexadecimal bytes");
        string text = scalar.Text;
        if (ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong number) && size <= 8)
        {
            if (size < 8 && number >> (8 * size) != 0) throw new ScenarioFormatException(source, node.Where, $"{number} does not fit into {size} bytes");
            Span<byte> word = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(word, number);
            word[..size].CopyTo(bytes);
            return bytes;
        }
        string hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        if (hex.Length != size * 2 || !hex.All(char.IsAsciiHexDigit))
            throw new ScenarioFormatException(source, node.Where, $"'{text}' must be a number or {size} bytes in hexadecimal");
        return Convert.FromHexString(hex);
    }

    /// <summary>A value for people, by its type when there is one.</summary>
    public static string Format(BtfSpec? btf, uint typeId, ReadOnlySpan<byte> bytes) =>
        btf is not null && typeId != 0 ? BtfValue.Format(btf, typeId, bytes) : "0x" + Convert.ToHexStringLower(bytes);
}
