using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Instruments;

/// <summary>One visit of the walk to one instruction: what was believed before it, and where paths went from there.</summary>
internal struct Belief
{
    public const int None = -1;

    /// <summary>Slot of the instruction.</summary>
    public int Pc;

    /// <summary>Number of the frame it runs in, and whether that is a callback's.</summary>
    public int Frame;

    public bool InCallback;

    /// <summary>Visits that followed: the first, and the next one that followed the same visit as this one.</summary>
    public int FirstChild, NextSibling;

    /// <summary>The visit whose path covers everything from here; <see cref="None"/> when the walk went on.</summary>
    public int CoveredBy;

    /// <summary>The checkpoint that covers this one when not everything was compared: its marks say what was. Null when everything was.</summary>
    public VerifierState? ComparedBy;

    /// <summary>Where the comparison taught something because the same number was known to be there.</summary>
    public LinkedPlaces Links;

    /// <summary>Slots of dynptrs the instruction ended: from there the walk took them for empty, and what is read of them for any number.</summary>
    public LinkedPlaces Emptied;
}
