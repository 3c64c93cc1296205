using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sim.Commands;

/// <summary>Keeps the list of commands short: examples are shown in a command's own help only.</summary>
internal static class Help
{
    /// <summary>Takes what follows the first paragraph of each command's description for its examples.</summary>
    public static RootCommand WithExamples(RootCommand root)
    {
        var examples = new Dictionary<Command, string>();
        foreach (var command in root.Subcommands)
        {
            string text = command.Description ?? "";
            int end = text.IndexOf("\n\n", StringComparison.Ordinal);
            if (end < 0) continue;
            examples.Add(command, text[(end + 2)..]);
            command.Description = text[..end];
        }
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new Action((HelpAction)option.Action!, examples);
        return root;
    }

    private sealed class Action(HelpAction standard, Dictionary<Command, string> examples) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int result = standard.Invoke(parseResult);
            if (examples.TryGetValue(parseResult.CommandResult.Command, out string? text)) parseResult.InvocationConfiguration.Output.WriteLine(text);
            return result;
        }
    }
}
