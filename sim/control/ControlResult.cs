using Vm.Abi;

namespace Sim.Control;

/// <summary>One step's answer from one host.</summary>
/// <param name="Host">Who answered.</param>
/// <param name="Direction">Hook direction of this run.</param>
/// <param name="Step">What was asked.</param>
/// <param name="Answer">What came back.</param>
internal sealed record ControlAnswer(string Host, AttachType Direction, ControlStep Step, string Answer)
{
    /// <summary>What the script states for this run; <c>$direction</c> stands for the direction.</summary>
    public string Expected => Step.Expected.Replace("$direction", DirectionName, StringComparison.Ordinal);

    /// <summary>True when the answer is the one the script states.</summary>
    public bool Met
    {
        get
        {
            string[] answer = Answer.Split(' '), expected = Expected.Split(' ');
            return answer.Length == expected.Length && answer.Zip(expected, Fits).All(fits => fits);
        }
    }

    // A star at the end of a stated word stands for any characters.
    private static bool Fits(string word, string stated) => stated.EndsWith('*') ? word.StartsWith(stated[..^1], StringComparison.Ordinal) : word == stated;

    /// <summary><c>ingress</c> or <c>egress</c>.</summary>
    public string DirectionName => Direction == AttachType.TcxIngress ? "ingress" : "egress";
}

/// <summary>All answers to a script.</summary>
/// <param name="Script">The script.</param>
/// <param name="Answers">By host and direction, in the order of the steps.</param>
/// <param name="NotAsked">Hosts that cannot do a step of it, and why.</param>
internal sealed record ControlResult(ControlScript Script, IReadOnlyList<ControlAnswer> Answers, IReadOnlyList<(string Host, string Why)> NotAsked)
{
    /// <summary>True when every host gave every answer the script states, and with that all hosts agree.</summary>
    public bool Met => Answers.All(answer => answer.Met);

    /// <summary>Takes hosts through a script, each from scratch for each direction.</summary>
    /// <param name="script">The script.</param>
    /// <param name="hosts">What makes a fresh host.</param>
    public static ControlResult Of(ControlScript script, IReadOnlyList<Func<IControlHost>> hosts)
    {
        var answers = new List<ControlAnswer>();
        var notAsked = new List<(string, string)>();
        foreach (var make in hosts)
        {
            foreach (var direction in script.Directions)
            {
                using var host = make();
                if (host.WhyNot(script) is { } lacks)
                {
                    notAsked.Add((host.Name, lacks));
                    break;
                }
                answers.AddRange(ControlRun.Run(script, host, direction).Zip(script.Steps, (answer, step) => new ControlAnswer(host.Name, direction, step, answer)));
            }
        }
        return new ControlResult(script, answers, notAsked);
    }
}
