using Vm.Abi;

namespace Sim.Scenarios;

/// <summary>A scenario file cannot be read or contradicts itself.</summary>
internal sealed class ScenarioFormatException(string source, string where, string what, Errno errno = Errno.EINVAL, Exception? inner = null)
    : BadInputException(source, where, what, errno, inner);
