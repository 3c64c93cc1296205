using Netdev.TestRun;
using Sim.Dissect;
using Sim.Live;
using Vm.Abi;

namespace Sim.Fuzz;

/// <summary>What one run left behind: everything a program can change.</summary>
/// <param name="Errno">None when it ran.</param>
/// <param name="Retval">R0, low 32 bits.</param>
/// <param name="MetadataBytes">Bytes of metadata in front of an XDP packet.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Context">struct __sk_buff; empty for XDP.</param>
/// <param name="Maps">Entries of the maps the program uses.</param>
internal sealed record FuzzResult(Errno Errno, uint Retval, int MetadataBytes, byte[] Packet, byte[] Context, SortedDictionary<string, string> Maps)
{
    private const int MostDifferences = 8;

    /// <summary>What differs between two runs, in words; nothing when they are alike.</summary>
    /// <param name="theirs">The other run.</param>
    /// <param name="name">Who made this one.</param>
    /// <param name="other">Who made the other.</param>
    public IEnumerable<string> Against(FuzzResult theirs, string name, string other) => All(theirs, name, other).Take(MostDifferences);

    private IEnumerable<string> All(FuzzResult theirs, string name, string other)
    {
        if (Errno != theirs.Errno) yield return $"errno: {name} {Errno}, {other} {theirs.Errno}";
        if (Errno != theirs.Errno || Errno != Errno.None) yield break;
        if (Retval != theirs.Retval) yield return $"retval: {name} 0x{Retval:x}, {other} 0x{theirs.Retval:x}";
        if (MetadataBytes != theirs.MetadataBytes) yield return $"metadata bytes: {name} {MetadataBytes}, {other} {theirs.MetadataBytes}";
        if (!Packet.AsSpan().SequenceEqual(theirs.Packet))
            foreach (var field in PacketDiff.Compare(theirs.Packet, Packet, [])) yield return $"{field.Field}: {name} {field.Got}, {other} {field.Expected}";
        if (Context.Length > 0 && theirs.Context.Length > 0)
        {
            foreach (var (field, offset, size) in SkbContextImage.Fields)
            {
                ulong got = SkbContextImage.Read(Context, offset, size), want = SkbContextImage.Read(theirs.Context, offset, size);
                if (got != want) yield return $"{field}: {name} 0x{got:x}, {other} 0x{want:x}";
            }
        }
        foreach (var (entry, value) in Maps)
            if (!theirs.Maps.TryGetValue(entry, out string? want) || want != value) yield return $"{entry}: {name} {value}, {other} {want ?? "(absent)"}";
        foreach (var (entry, want) in theirs.Maps)
            if (!Maps.ContainsKey(entry)) yield return $"{entry}: {name} (absent), {other} {want}";
    }
}
