using System.Buffers.Binary;
using Vm.Specs;

namespace Vm.Loading;

/// <summary>Where functions and source lines begin, as bpf(2) takes and gives them.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct bpf_func_info and struct bpf_line_info.</remarks>
public static class DebugRecords
{
    /// <summary>Bytes of a struct bpf_func_info.</summary>
    public const int FunctionBytes = 8;

    /// <summary>Bytes of a struct bpf_line_info.</summary>
    public const int LineBytes = 16;

    private const int ColumnBits = 10;

    /// <summary>True when every function of the program has a type: a kernel takes all of them or none.</summary>
    public static bool AreTyped(LinkedProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Btf is not null && program.Spec.Functions.Count > 0 && program.Spec.Functions.All(function => function.TypeId != 0);
    }

    /// <summary>struct bpf_func_info of every function.</summary>
    public static byte[] Functions(IEnumerable<(int Slot, uint TypeId)> functions) => Words(functions.SelectMany(one => (uint[])[(uint)one.Slot, one.TypeId]));

    /// <summary>struct bpf_line_info of every line.</summary>
    public static byte[] Lines(IEnumerable<(int Slot, LineInfo Line)> lines) => Words(lines.SelectMany(one =>
        (uint[])[(uint)one.Slot, one.Line.FileNameOffset, one.Line.TextOffset, ((uint)one.Line.Line << ColumnBits) | ((uint)one.Line.Column & ((1u << ColumnBits) - 1))]));

    /// <summary>Lines of a program as a kernel takes them, one a slot; empty when a function has no line of its own: half a table is worse than none.</summary>
    public static IReadOnlyList<(int Slot, LineInfo Line)> LinesOf(LinkedProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var lines = program.Spec.Lines;
        var starts = lines.Select(line => line.Slot).ToHashSet();
        if (!program.Spec.Functions.All(function => starts.Contains(function.Slot))) return [];
        return [.. lines.DistinctBy(line => line.Slot).Select(line => (line.Slot, line))];
    }

    private static byte[] Words(IEnumerable<uint> words)
    {
        var bytes = new List<byte>();
        Span<byte> one = stackalloc byte[sizeof(uint)];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(one, word);
            bytes.AddRange(one);
        }
        return [.. bytes];
    }
}
