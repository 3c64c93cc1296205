namespace Vm.Jit;

/// <summary>Which compilation of a program is wanted.</summary>
public sealed record JitOptions
{
    /// <summary>The fast one.</summary>
    public static JitOptions Default { get; } = new();

    /// <summary>
    /// True to ask <see cref="Runtime.ExecContext.Regions"/> before every access, for hunting unsound proofs; a violation throws
    /// <see cref="Runtime.GuestFaultException"/>. About ten times slower where a program mostly loads and stores.
    /// </summary>
    public bool Checked { get; init; }

    /// <summary>False keeps every stack byte in guest memory, where tests can look at it.</summary>
    public bool StackInLocals { get; init; } = true;
}
