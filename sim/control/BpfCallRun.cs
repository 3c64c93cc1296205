using System.Buffers.Binary;
using System.Globalization;
using Vm.Abi;
using Vm.Syscall;

namespace Sim.Control;

/// <summary>Puts a call of a script to whoever answers bpf(2), and writes the answer down.</summary>
internal static class BpfCallRun
{
    private const ulong NothingThere = 0x10;
    private const int AttributeRoom = 160;

    /// <summary>Puts the call.</summary>
    /// <param name="step">The call.</param>
    /// <param name="calls">Who answers.</param>
    /// <param name="descriptorOf">Descriptor of a name.</param>
    /// <param name="idOf">Id of a name.</param>
    /// <param name="interfaceOf">Interface number of a device.</param>
    /// <returns>What it returned, and the answer in words: the errno or <c>ok</c>, then what came back, field by field.</returns>
    public static (int Result, string Answer) Put(BpfStep step, IBpfCalls calls, Func<string, uint> descriptorOf, Func<string, uint> idOf, Func<string, uint> interfaceOf)
    {
        var memory = calls.Memory;
        memory.Reset();
        ulong attributes = memory.Allocate(Math.Max(step.Size, AttributeRoom));
        var buffers = new List<(string Name, ulong At, BpfArgument.Pointer Pointer)>();
        foreach (var (field, argument) in step.Arguments)
        {
            var place = memory.Bytes(attributes + (ulong)field.Offset, Math.Max(field.Bytes, 4));
            switch (argument)
            {
                case BpfArgument.Number number: Write(place, field.Bytes, number.Value); break;
                case BpfArgument.Descriptor named: Write(place, field.Bytes, descriptorOf(named.Name)); break;
                case BpfArgument.Id named: Write(place, field.Bytes, idOf(named.Name)); break;
                case BpfArgument.Interface named: Write(place, field.Bytes, interfaceOf(named.Device)); break;
                case BpfArgument.Text text: text.Bytes.AsSpan(0, Math.Min(text.Bytes.Length, place.Length)).CopyTo(place); break;
                case BpfArgument.Pointer pointer:
                    ulong at = memory.Allocate(pointer.Bytes.Length + pointer.Descriptors.Count * sizeof(uint));
                    pointer.Bytes.CopyTo(memory.Bytes(at + (ulong)pointer.Descriptors.Count * sizeof(uint), pointer.Bytes.Length));
                    for (int i = 0; i < pointer.Descriptors.Count; i++) memory.Ref<uint>(at + (ulong)i * sizeof(uint)) = descriptorOf(pointer.Descriptors[i]);
                    buffers.Add((field.Name, at, pointer));
                    Write(place, field.Bytes, at);
                    break;
                default: Write(place, field.Bytes, NothingThere); break;
            }
        }
        byte[] before = memory.Bytes(attributes, AttributeRoom).ToArray();
        int result = calls.Bpf(step.Command, attributes, (uint)step.Size);
        var words = new List<string> { result < 0 ? ((Errno)(-result)).ToString() : "ok" };
        if (result > 0 && step.Makes is null) words[0] = "descriptor";
        var after = memory.Bytes(attributes, AttributeRoom);
        foreach (var field in BpfFields.Of(step.Command).Where(field => field.IsOutput && !field.Name.EndsWith("_id", StringComparison.Ordinal)))
        {
            if (after.Slice(field.Offset, field.Bytes).SequenceEqual(before.AsSpan(field.Offset, field.Bytes))) continue;
            ulong value = field.Bytes == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(after[field.Offset..]) : BinaryPrimitives.ReadUInt32LittleEndian(after[field.Offset..]);
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{field.Name}={value}"));
        }
        foreach (var (name, at, pointer) in buffers.Where(buffer => buffer.Pointer.Shown))
        {
            var bytes = memory.Bytes(at, pointer.Bytes.Length);
            // A call that fails rarely writes anything; when it does, that is to be seen.
            if (result < 0 && bytes.SequenceEqual(pointer.Bytes)) continue;
            if (pointer.Part is { } part) bytes = bytes[part];
            words.Add(pointer.Struct is { } shape ? InfoText.Of(shape, bytes) : $"{name}={Convert.ToHexStringLower(bytes)}");
        }
        return (result, string.Join(' ', words));
    }

    private static void Write(Span<byte> place, int bytes, ulong value)
    {
        if (bytes == 8) BinaryPrimitives.WriteUInt64LittleEndian(place, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)value);
    }
}
