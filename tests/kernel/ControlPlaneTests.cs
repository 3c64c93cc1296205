using CsCheck;
using Sim.Control;
using Sim.Live.Net;
using Tests.Fuzz;

namespace Tests.Kernel;

/// <summary>Random control-plane scripts get the same answers from the simulator and from the kernel.</summary>
public sealed class ControlPlaneTests
{
    [Fact]
    public void RandomScripts_GetTheKernelsAnswers()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        Check.Sample(ControlScriptGenerator.Script, text =>
        {
            var script = ControlScriptReader.Read(text, "random.tcx");
            var answers = ControlResult.Of(script, [() => new SimulatedHost(), () => new KernelHost()]).Answers;
            int half = answers.Count / 2;
            for (int i = 0; i < half; i++)
                Assert.True(answers[i].Answer == answers[half + i].Answer, $"line {answers[i].Step.Line}: {answers[i].Step.Text}: here {answers[i].Answer}, kernel {answers[half + i].Answer}\n{text}");
        }, iter: 30 * FuzzEffort.Rounds, threads: 1);
    }
}
