using System.Text;
using System.Text.Json;
using Sim.Run;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Maps;

namespace Sim.Report;

/// <summary>What an object's maps and global variables hold, as one JSON object.</summary>
/// <remarks>
/// <c>{"maps":{NAME:{"type":…,"entries":[{"key":…,"value":…}]}},"globals":{NAME:value}}</c>. Keys and values are typed where the object has types
/// (<see cref="BtfJson"/>), hexadecimal strings where not; values of per-CPU maps are lists. Entries of arrays that are all zeros are left out. Maps
/// without entries to walk (queues, ring buffers) have the <c>errno</c> the kernel gives who tries instead of <c>entries</c>.
/// </remarks>
internal static class MapsJson
{
    /// <summary>The object. O(entries).</summary>
    /// <param name="opened">Whose.</param>
    public static string Of(BpfObject opened)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("maps");
            foreach (var (name, map) in opened.Maps)
            {
                if (map.Spec.DataSection) continue;
                json.WritePropertyName(name);
                Write(json, map);
            }
            json.WriteEndObject();
            json.WriteStartObject("globals");
            foreach (var map in opened.Maps.Values.Where(map => map.Spec.DataSection)) WriteVariables(json, map);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Map map)
    {
        json.WriteStartObject();
        json.WriteString("type", map.Type.ShortName());
        byte[] key = new byte[map.Spec.KeySize], value = new byte[map.UserValueBytes];
        var errno = map.NextKey([], key);
        if (errno is Errno.None or Errno.ENOENT)
        {
            json.WriteStartArray("entries");
            for (; errno == Errno.None; errno = map.NextKey(key.ToArray(), key)) WriteEntry(json, map, key, value);
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("errno", errno.ToString());
        }
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, Map map, byte[] key, byte[] value)
    {
        var errno = map.Lookup(key, value);
        if (errno == Errno.ENOENT || (errno == Errno.None && map is ArrayMap or PerCpuArrayMap && !value.AsSpan().ContainsAnyExcept((byte)0))) return;
        var spec = map.Spec;
        json.WriteStartObject();
        json.WritePropertyName("key");
        Typed(json, spec.Btf, spec.KeyTypeId, key);
        if (errno != Errno.None)
        {
            json.WriteString("errno", errno.ToString());
        }
        else if (MapEntries.IsPerCpu(map))
        {
            json.WriteStartArray("value");
            for (int cpu = 0; cpu < map.CpuCount; cpu++) Typed(json, spec.Btf, spec.ValueTypeId, value.AsSpan(cpu * (value.Length / map.CpuCount), (int)spec.ValueSize));
            json.WriteEndArray();
        }
        else
        {
            json.WritePropertyName("value");
            Typed(json, spec.Btf, spec.ValueTypeId, value);
        }
        json.WriteEndObject();
    }

    private static void WriteVariables(Utf8JsonWriter json, Map section)
    {
        var contents = new byte[section.UserValueBytes];
        section.Lookup(new byte[section.Spec.KeySize], contents);
        foreach (var variable in section.Spec.Variables)
        {
            json.WritePropertyName(variable.Name);
            Typed(json, section.Spec.Btf, variable.TypeId, contents.AsSpan((int)variable.Offset, (int)variable.SizeBytes), variable.Name);
        }
    }

    private static void Typed(Utf8JsonWriter json, BtfSpec? btf, uint typeId, ReadOnlySpan<byte> bytes, string name = "")
    {
        if (btf is not null && typeId != 0) BtfJson.Write(json, btf, typeId, bytes, name);
        else json.WriteStringValue("0x" + Convert.ToHexStringLower(bytes));
    }
}
