using Vm.Abi;
using Vm.Elf;
using Vm.Linking;
using Vm.Programs;
using Vm.Runtime;
using Vm.Specs;
using Vm.Verifier;

namespace Vm;

/// <summary>One program of a loaded object on its way from spec to running code; each step is done once.</summary>
public sealed class BpfProgram
{
    private readonly BpfObject _object;
    private LinkedProgram? _linked;
    private VerifierResult? _result;
    private ExecutableProgram? _compiled;
    private bool _released;

    internal BpfProgram(BpfObject owner, ProgramSpec spec)
    {
        _object = owner;
        Spec = spec;
    }

    /// <summary>What the object file says.</summary>
    public ProgramSpec Spec { get; }

    /// <summary>C function name.</summary>
    public string Name => Spec.Name;

    /// <summary>The type it is loaded as: its section's, or the fallback.</summary>
    public ProgramType Type => Spec.Type == ProgramType.Unspec ? _object.Options.FallbackType : Spec.Type;

    /// <summary>True when programs of this type can be verified and run here.</summary>
    public bool IsSimulated => _object.Options.Kinds(Type) is not null;

    /// <summary>Why nobody knows its type, when its section does not say and none was given: libbpf refuses to load the object then. Null otherwise.</summary>
    public string? TypeProblem
    {
        get
        {
            if (Type != ProgramType.Unspec) return null;
            string near = SectionNames.Nearest(Spec.Section) is { } name ? $" did you mean '{name}'?" : "";
            return $"'{Name}' has no program type: libbpf knows no section '{Spec.Section}';{near} give the type (--type xdp on the command line, type: xdp at the object in a scenario, FallbackType in code), or use a section it knows (tc, tcx/ingress, xdp, …)";
        }
    }

    /// <summary>The program with CO-RE applied and references resolved.</summary>
    /// <exception cref="BadInputException">Something it refers to is not there.</exception>
    public LinkedProgram Link()
    {
        if (_linked is not null) return _linked;
        _object.OpenPins();
        return _linked = Linker.Link(_object.Spec, Spec, new LinkOptions
        {
            TargetBtf = _object.Options.TargetBtf,
            ProgramType = Type,
            HasKernelSymbol = name => _object.Options.Kinds(Type)?.SimulatedKfuncs.Contains(name) ?? false,
        });
    }

    /// <summary>Asks the verifier, and what loading asks besides: the object's maps, and who owns its prog arrays.</summary>
    /// <exception cref="MapSpecException">The kernel refuses a map, or the program names a prog array that belongs to programs of another kind.</exception>
    /// <exception cref="ElfFormatException">Its program type is not simulated.</exception>
    public BpfProgram Verify()
    {
        _object.CheckMaps();
        if (_result is not null) return this;
        var linked = Link();
        _result = ProgramVerifier.Verify(linked, Kind(), _object.Options.Verifier);
        if (_result is VerifierResult.Accepted) _object.ClaimJumps(linked);
        return this;
    }

    /// <summary>What the verifier said; asks it if nobody has yet.</summary>
    public VerifierResult Result => Verify()._result!;

    /// <summary>Passes an accepted program on.</summary>
    /// <exception cref="ProgramRejectedException">It was refused.</exception>
    /// <exception cref="ProgramUnsupportedException">It needs something that is not simulated.</exception>
    public BpfProgram OrThrow() => Result switch
    {
        VerifierResult.Rejected no => throw new ProgramRejectedException(Link(), no),
        VerifierResult.Unsupported lacks => throw new ProgramUnsupportedException(Link(), lacks),
        _ => this,
    };

    /// <summary>The program ready to run. Prog arrays it calls through are filled with the programs the object lists.</summary>
    /// <exception cref="ProgramRejectedException">It, or a program it can tail-call, was refused.</exception>
    /// <exception cref="ObjectDisposedException">Its object has been disposed.</exception>
    public ExecutableProgram Compile()
    {
        ObjectDisposedException.ThrowIf(_released, _object);
        if (_compiled is not null) return _compiled;
        OrThrow();
        var verified = ((VerifierResult.Accepted)_result!).Program;
        _compiled = _object.Compile(verified);
        _object.FillProgArrays(verified);
        return _compiled;
    }

    /// <summary>Lets go of the code, if there is any: hooks and prog arrays that hold it keep it.</summary>
    internal void Release()
    {
        _released = true;
        _compiled?.Dispose();
        _compiled = null;
    }

    private ProgramKind Kind() => _object.Options.Kinds(Type)
        ?? throw (TypeProblem is { } problem
            ? new ElfFormatException(_object.Spec.Name, $"section {Spec.Section}", problem)
            : new NotSimulatedException(_object.Spec.Name, $"section {Spec.Section}", $"program '{Name}' is of type {Type}, which is not simulated"));
}
