using System.Buffers.Binary;
using Vm.Btf;

namespace Vm.Elf;

/// <summary>Fills in what clang leaves open in BTF: sizes of data sections and offsets of the variables in them.</summary>
/// <remarks>
/// clang writes zeroes and expects the loader to know from the symbols. The bytes are mended before anyone reads them, so
/// that <see cref="BtfSpec.Raw"/> is also what a kernel accepts.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, btf_fixup_datasec; kernel/bpf/btf.c, btf_datasec_check_meta.
/// </remarks>
internal static class DataSectionTypes
{
    public static BtfSpec Complete(ElfFile file, BtfSpec btf)
    {
        byte[]? mended = null;
        foreach (uint id in btf.OwnIds())
        {
            if (btf[id] is not BtfDataSection data || !file.TrySection(data.Name, out var section) || section.SizeBytes > int.MaxValue) continue;
            mended ??= btf.Raw.ToArray();
            int at = btf.RecordOffset(id);
            if (data.SizeBytes == 0) BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(at + 8), (uint)section.SizeBytes);
            var offsets = new Dictionary<string, ulong>();
            foreach (var symbol in file.Symbols)
            {
                if (symbol.Section == section.Index && symbol.Name.Length > 0) offsets.TryAdd(symbol.Name, symbol.Value);
            }
            var placed = data.Variables.Select(placement => placement with
            {
                Offset = offsets.TryGetValue(btf[placement.TypeId].Name, out ulong offset) ? (uint)offset : placement.Offset,
            }).OrderBy(placement => placement.Offset);
            foreach (var placement in placed)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(at + 12), placement.TypeId);
                BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(at + 16), placement.Offset);
                BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(at + 20), placement.SizeBytes);
                at += 12;
            }
        }
        return mended is null ? btf : BtfReader.Read(new ReadOnlyMemory<byte>(mended), btf.Source);
    }
}
