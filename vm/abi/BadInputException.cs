namespace Vm.Abi;

/// <summary>An input the user gave us is damaged, unsupported or contradicts itself.</summary>
/// <remarks>
/// The message is one sentence a person can act on: what is wrong, where, and what to do. Each format has its own
/// subclass, so that a caller can tell them apart; only <c>sim/Program.cs</c> turns them into an exit code.
/// </remarks>
public abstract class BadInputException : Exception
{
    /// <summary>Makes the exception; the message becomes <c>source: [where:] what</c>.</summary>
    /// <param name="source">The file's name as the user wrote it, or a word for where the bytes came from.</param>
    /// <param name="where">Place inside it: <c>offset 0x1f0</c>, <c>section .maps</c>, <c>line 3, column 5</c>; or empty.</param>
    /// <param name="what">What is wrong and, if it helps, what to do.</param>
    /// <param name="errno">The number the kernel or libbpf would give for it.</param>
    /// <param name="inner">The library exception this one explains, if any.</param>
    protected BadInputException(string source, string where, string what, Errno errno = Errno.EINVAL, Exception? inner = null)
        : base(where.Length == 0 ? $"{source}: {what}" : $"{source}: {where}: {what}", inner)
    {
        Input = source;
        Where = where;
        What = what;
        Errno = errno;
    }

    /// <summary>The file's name as the user wrote it.</summary>
    public string Input { get; }

    /// <summary>Place inside the input; empty when the whole input is meant.</summary>
    public string Where { get; }

    /// <summary>What is wrong there.</summary>
    public string What { get; }

    /// <summary>The error number the kernel or libbpf would give.</summary>
    public Errno Errno { get; }
}

/// <summary>A BPF object file cannot be used: not ELF64 little-endian BPF, truncated, or inconsistent.</summary>
public sealed class ElfFormatException(string source, string where, string what, Errno errno = Errno.EINVAL)
    : BadInputException(source, where, what, errno);

/// <summary>BTF or .BTF.ext data is damaged or refers to a type that is not there.</summary>
public sealed class BtfFormatException(string source, string where, string what, Errno errno = Errno.EINVAL)
    : BadInputException(source, where, what, errno);

/// <summary>A capture file is damaged or of a kind we do not read.</summary>
public sealed class CaptureFormatException(string source, string where, string what, Errno errno = Errno.EINVAL, Exception? inner = null)
    : BadInputException(source, where, what, errno, inner);

/// <summary>A map cannot be created or filled as described.</summary>
public sealed class MapSpecException(string source, string where, string what, Errno errno = Errno.EINVAL)
    : BadInputException(source, where, what, errno);

/// <summary>An input is right as far as anybody can tell, and asks for something of the kernel that is not here: our lack, not its fault.</summary>
public class NotSimulatedException(string source, string where, string what)
    : BadInputException(source, where, what + (what.Contains("not simulated", StringComparison.Ordinal) ? "" : " (not simulated)"), Errno.ENOTSUPP);

/// <summary>Assembler text cannot be read.</summary>
public sealed class AssemblyFormatException(string source, string where, string what)
    : BadInputException(source, where, what);
