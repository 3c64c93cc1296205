using Vm.Cfg;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier.Paths;

namespace Vm.Verifier.Rules;

/// <summary>One verification under way, with all its rules, which share it.</summary>
internal sealed class Verification : VerifierEnv
{
    public Verification(LinkedProgram program, ProgramKind kind, VerifierOptions options, DecodedProgram decoded, ControlFlow flow, int exceptionCallbackAt, VerifierLog log, WalkWitness? witness)
        : base(program, kind, options, decoded, flow, exceptionCallbackAt, log, witness)
    {
        Alu = new AluRules(this);
        Pointers = new PointerRules(this);
        Branches = new BranchRules(this);
        Memory = new MemoryRules(this);
        MapValues = new MapValueRules(this);
        Stack = new StackRules(this);
        Arguments = new ArgumentRules(this);
        Helpers = new HelperRules(this);
        Kfuncs = new KfuncRules(this);
        Dynptrs = new DynptrRules(this);
        Iterators = new IteratorRules(this);
        References = new ReferenceRules(this);
        Subprograms = new SubprogramRules(this);
        Callbacks = new CallbackRules(this);
        Exceptions = new ExceptionRules(this);
        Exits = new ExitRules(this);
        Locals = new LocalTypes(this);
        Objects = new AllocationRules(this);
    }

    public AluRules Alu { get; }
    public PointerRules Pointers { get; }
    public BranchRules Branches { get; }
    public MemoryRules Memory { get; }
    public MapValueRules MapValues { get; }
    public StackRules Stack { get; }
    public ArgumentRules Arguments { get; }
    public HelperRules Helpers { get; }
    public KfuncRules Kfuncs { get; }
    public DynptrRules Dynptrs { get; }
    public IteratorRules Iterators { get; }
    public ReferenceRules References { get; }
    public SubprogramRules Subprograms { get; }
    public CallbackRules Callbacks { get; }
    public ExceptionRules Exceptions { get; }
    public ExitRules Exits { get; }
    public LocalTypes Locals { get; }
    public AllocationRules Objects { get; }
}
