using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>Programs and links by id, as the kernel knows them: what relatives named by id are looked up in.</summary>
/// <remarks>Thread-safe. Programs enter when they are loaded or first attached; links while they exist.</remarks>
public sealed class BpfIds
{
    private readonly ConcurrentDictionary<uint, ExecutableProgram> _programs = new();
    private readonly ConcurrentDictionary<uint, TcxLink> _links = new();
    private uint _lastLinkId;

    /// <summary>Makes a program known.</summary>
    public void Add(ExecutableProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (!_programs.TryAdd(program.Id, program)) return;
        program.Freed += gone => Remove((ExecutableProgram)gone);
    }

    /// <summary>The program with an id.</summary>
    public bool TryProgram(uint id, [NotNullWhen(true)] out ExecutableProgram? program) => _programs.TryGetValue(id, out program);

    /// <summary>The link with an id.</summary>
    public bool TryLink(uint id, [NotNullWhen(true)] out TcxLink? link) => _links.TryGetValue(id, out link);

    /// <summary>Forgets a program nobody holds any more.</summary>
    public bool Remove(ExecutableProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return _programs.TryRemove(program.Id, out _);
    }

    /// <summary>True when a link, attached or not, has the program.</summary>
    internal bool LinkHolds(ExecutableProgram program) => _links.Values.Any(link => link.Program == program);

    internal uint NextLinkId() => Interlocked.Increment(ref _lastLinkId);

    internal void Add(TcxLink link) => _links[link.Id] = link;

    internal bool Remove(TcxLink link) => _links.TryRemove(link.Id, out _);

    internal void CloseLinks()
    {
        foreach (var link in _links.Values) link.Close();
    }
}
