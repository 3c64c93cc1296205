using Vm.Abi;
using Vm.Btf;

namespace Vm.Elf;

/// <summary>Opens the types of a kernel that programs are to fit.</summary>
public static class TargetBtf
{
    /// <summary>Most bytes of a file: a vmlinux with all its debugging information has several hundred million.</summary>
    public const long MaxFileBytes = 1L << 30;

    /// <summary>Opens a raw BTF file (<c>/sys/kernel/btf/vmlinux</c>) or an ELF file that has a <c>.BTF</c> section (<c>vmlinux</c>).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It is neither, or damaged.</exception>
    public static BtfSpec Open(string path) => Read(InputFile.Read(path, MaxFileBytes, (what, errno) => new BtfFormatException(path, "", what, errno)), path);

    /// <summary>The same for a file in memory.</summary>
    /// <param name="bytes">The whole file; kept.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="BadInputException">It is neither BTF nor ELF with BTF, or damaged.</exception>
    public static BtfSpec Read(ReadOnlyMemory<byte> bytes, string name)
    {
        if (!bytes.Span.StartsWith("\x7f"u8)) return BtfReader.Read(bytes, name);
        var file = ElfFile.Read(bytes, name);
        return file.TrySection(".BTF", out var section)
            ? BtfReader.Read(section.Content, name)
            : throw new ElfFormatException(name, "", "it has no .BTF section; give a kernel built with CONFIG_DEBUG_INFO_BTF");
    }
}
