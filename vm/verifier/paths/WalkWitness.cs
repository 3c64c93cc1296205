using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Told of every step of a verification, for checking it against a run. Without one, nothing is kept.</summary>
public abstract class WalkWitness
{
    private protected WalkWitness()
    {
    }

    /// <summary>The visit the walk is at.</summary>
    internal abstract int At { get; }

    /// <summary>A verification begins.</summary>
    internal abstract void Start(VerifierEnv walk);

    /// <summary>A function is about to be walked on its own.</summary>
    internal abstract void Enter();

    /// <summary>The walk comes to an instruction.</summary>
    internal abstract void Arrive();

    /// <summary>The walk takes up a path it left at a visit.</summary>
    internal abstract void Resume(int visit);

    /// <summary>The current visit was stored as a checkpoint.</summary>
    internal abstract void Store(VerifierState checkpoint);

    /// <summary>The current visit needs no walking: a checkpoint covers it.</summary>
    /// <param name="checkpoint">Which.</param>
    /// <param name="everything">False when only what mattered was compared.</param>
    internal abstract void Cover(VerifierState checkpoint, bool everything);

    /// <summary>The comparison at the current visit also teaches about these places.</summary>
    internal abstract void Link(LinkedPlaces links);

    /// <summary>The instruction at the current visit ends a dynptr that lay in a slot.</summary>
    internal abstract void Empty(int frame, int slot);
}
