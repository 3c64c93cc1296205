namespace Tests.Syscall;

/// <summary>Something that happens to both kernels besides a call: a device goes, the process enters another namespace.</summary>
/// <param name="Text">What, in words.</param>
/// <param name="Act">Does it; what became of it, on both.</param>
internal sealed record Happening(string Text, Func<TwoKernels, (string Here, string There)> Act);
