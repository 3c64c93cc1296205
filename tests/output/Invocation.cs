using Sim.Commands;
using Sim.Output;

namespace Tests.Output;

/// <summary>A command as a user gives it, run in this process.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Invocation(int Code, string Out, string Error)
{
    public string All => Out + Error;

    public static Invocation Of(params IReadOnlyList<string> args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        Terminal.Use(Terminal.Over(output, error));
        try
        {
            int code = CommandLine.Run(args);
            return new(code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
        }
        finally
        {
            Terminal.Use(null);
        }
    }
}
