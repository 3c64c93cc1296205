namespace Vm.Btf;

/// <summary>Values of BTF types as text and back: map keys and values, globals, contexts.</summary>
public static class BtfValue
{
    /// <summary>A value as C would initialise it, on one line: <c>{ .port = 80, .name = "eth0" }</c>.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="typeId">Type of the value.</param>
    /// <param name="bytes">Its bytes; what is missing prints as <c>&lt;cut off&gt;</c>.</param>
    /// <param name="name">What the value is called, a member's or variable's name: it tells addresses from other numbers.</param>
    /// <exception cref="Abi.BtfFormatException">The type loops or its text would exceed 4 MiB.</exception>
    /// <remarks>
    /// <c>__be16</c> prints in host order, <c>__be32</c> and <c>__be64</c> as hex in host order, addresses as such (<see cref="BtfAddress"/>);
    /// <see cref="Encode"/> reads all of them.
    /// </remarks>
    public static string Format(BtfSpec spec, uint typeId, ReadOnlySpan<byte> bytes, string name = "") => new BtfPrinter(spec).Print(typeId, bytes, name);

    /// <summary>The bytes of a value someone wrote down.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="typeId">Type of the value.</param>
    /// <param name="node">The value. What it does not mention is zero.</param>
    /// <returns>As many bytes as the type has.</returns>
    /// <exception cref="BtfValueException">The value does not fit; says where and what would.</exception>
    /// <exception cref="Abi.BtfFormatException">The type is damaged or has no size.</exception>
    /// <remarks>
    /// Integers: decimal or 0x hex, characters in single quotes, true and false; <c>__be16</c> and the like are written in
    /// host order and stored in network order. IPv4, IPv6 and MAC addresses fill 4, 16 and 6 bytes of any type that long.
    /// Enums: by name or number. Char arrays: text. Byte arrays: also <c>de:ad:be:ef</c>. Arrays: lists, or mappings by index.
    /// </remarks>
    public static byte[] Encode(BtfSpec spec, uint typeId, WrittenValue node)
    {
        uint size = spec.SizeOf(typeId);
        if (size > 64 << 20) throw new BtfValueException(spec.Source, node.Where, "the type is over 64 MiB", Abi.Errno.E2BIG);
        byte[] bytes = new byte[size];
        EncodeInto(spec, new BtfField(typeId, 0, 0), node, bytes);
        return bytes;
    }

    /// <summary>Writes one place of a value and leaves the rest of it alone.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="field">The place, as <see cref="BtfPath.TryFind"/> gives it.</param>
    /// <param name="node">The new value; parts of the place it does not mention become zero.</param>
    /// <param name="bytes">The whole value.</param>
    /// <exception cref="BtfValueException">The value does not fit.</exception>
    public static void EncodeInto(BtfSpec spec, BtfField field, WrittenValue node, Span<byte> bytes) => new BtfEncoder(spec).Encode(field, node, bytes);
}
