using Netdev.Tcx;
using Vm.Abi;

namespace Sim.Control;

/// <summary>Attach, detach, link and query calls in order, each with the answer it must get.</summary>
/// <param name="Path">File it came from.</param>
/// <param name="Title">Its first comment line.</param>
/// <param name="Directions">Hooks to run it for, each time from scratch.</param>
/// <param name="Steps">What to do.</param>
/// <param name="NotOnKernel">Why the running kernel is not asked; null when it may be.</param>
internal sealed record ControlScript(string Path, string Title, IReadOnlyList<AttachType> Directions, IReadOnlyList<ControlStep> Steps, string? NotOnKernel);

/// <summary>What a step does.</summary>
internal enum ControlVerb
{
    /// <summary>Loads SCHED_CLS programs that return TCX_NEXT.</summary>
    Program,

    /// <summary>Loads XDP programs: programs of the wrong type.</summary>
    Xdp,

    /// <summary>Makes maps: descriptors that are no programs.</summary>
    Map,

    /// <summary>Adds devices.</summary>
    Device,

    /// <summary>Makes another device and direction the hook of the steps that follow.</summary>
    On,

    /// <summary>BPF_PROG_ATTACH.</summary>
    Attach,

    /// <summary>BPF_PROG_DETACH.</summary>
    Detach,

    /// <summary>BPF_PROG_QUERY.</summary>
    Query,

    /// <summary>BPF_LINK_CREATE.</summary>
    LinkCreate,

    /// <summary>BPF_LINK_UPDATE.</summary>
    LinkUpdate,

    /// <summary>BPF_LINK_DETACH.</summary>
    LinkDetach,

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a link.</summary>
    LinkInfo,

    /// <summary>close(2).</summary>
    Close,

    /// <summary>Any call of bpf(2), fields by name.</summary>
    Bpf,

    /// <summary>dup(2).</summary>
    Duplicate,

    /// <summary>A call of the file system that pins lie in.</summary>
    File,

    /// <summary>open(2), read-only.</summary>
    Open,

    /// <summary>Lets frames come in at a device.</summary>
    Send,

    /// <summary>Other capabilities and another user namespace for the process that asks.</summary>
    Become,

    /// <summary>Mounts a bpf file system.</summary>
    Mount,

    /// <summary>Waits for what a kernel does after a call has returned.</summary>
    Settle,

    /// <summary>Removes a device.</summary>
    Delete,

    /// <summary>Moves a device to the other namespace.</summary>
    Move,

    /// <summary>Goes on in the other namespace, or back.</summary>
    Enter,

    /// <summary>Brings a device up.</summary>
    Up,

    /// <summary>Takes a device down.</summary>
    Down,

    /// <summary>Adds a clsact or ingress qdisc.</summary>
    QdiscAdd,

    /// <summary>Removes it.</summary>
    QdiscDelete,
}

/// <summary>One line of a script.</summary>
internal sealed record ControlStep
{
    /// <summary>Line in the file, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The line without comment and expected answer.</summary>
    public required string Text { get; init; }

    /// <summary>What to do.</summary>
    public required ControlVerb Verb { get; init; }

    /// <summary>Names or numbers it is about, ranges written out.</summary>
    public IReadOnlyList<string> Operands { get; init; } = [];

    /// <summary>Hook direction of <see cref="ControlVerb.On"/>; null keeps the direction.</summary>
    public AttachType? Direction { get; init; }

    /// <summary>Flags as the call gets them.</summary>
    public MprogFlags Flags { get; init; }

    /// <summary>Name or number of the relative; 0 is none.</summary>
    public string Relative { get; init; } = "0";

    /// <summary>Program that must be the current one: of <c>replace</c> and <c>old</c>.</summary>
    public string Other { get; init; } = "0";

    /// <summary>Expected revision; 0 for any.</summary>
    public ulong Revision { get; init; }

    /// <summary>Room of a query.</summary>
    public uint Room { get; init; } = 64;

    /// <summary>query_flags of a query.</summary>
    public uint QueryFlags { get; init; }

    /// <summary>attach_flags of a query.</summary>
    public uint AttachFlags { get; init; }

    /// <summary>The call of a <see cref="ControlVerb.Bpf"/> step.</summary>
    public BpfStep? Call { get; init; }

    /// <summary>Which call a <see cref="ControlVerb.File"/> step is.</summary>
    public FileVerb FileVerb { get; init; }

    /// <summary>What a <see cref="ControlVerb.Send"/> step sends.</summary>
    public byte[] Frame { get; init; } = [];

    /// <summary>How often.</summary>
    public int Times { get; init; } = 1;

    /// <summary>What a <see cref="ControlVerb.Become"/> step gives.</summary>
    public Capabilities Capabilities { get; init; }

    /// <summary>The answer it must get; <c>ok</c> when the line says nothing.</summary>
    public string Expected { get; init; } = "ok";
}
