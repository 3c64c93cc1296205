using Sim.Output;
using Spectre.Console;

namespace Sim.Commands;

/// <summary>A progress bar with rate and time left on a terminal; silence when output is piped.</summary>
internal static class Progress
{
    /// <summary>Does something for each item until it says false, showing how far it is.</summary>
    public static void Show(IReadOnlyList<string> items, Func<string, bool> work)
    {
        if (!CanShow || items.Count < 2)
        {
            foreach (string item in items)
            {
                if (!work(item)) return;
            }
            return;
        }
        Bar().Start(bar =>
        {
            var task = bar.AddTask("scenarios", maxValue: items.Count);
            foreach (string item in items)
            {
                task.Description = Styled.Of($"{Path.GetFileName(Path.GetDirectoryName(item)) ?? item}").ToString();
                if (!work(item)) return;
                task.Increment(1);
            }
        });
    }

    /// <summary>Runs long work that reports how many packets are done; <paramref name="expected"/> 0 when nobody knows how many there are.</summary>
    public static void Count(string what, long expected, Action<Action<long>> work)
    {
        if (!CanShow)
        {
            work(_ => { });
            return;
        }
        Bar().Start(bar =>
        {
            var task = bar.AddTask(what, maxValue: Math.Max(expected, 1));
            task.IsIndeterminate = expected == 0;
            work(done => task.Value = done);
            task.Value = task.MaxValue;
        });
    }

    private static bool CanShow => Terminal.Current.IsInteractive;

    private static Spectre.Console.Progress Bar() => Terminal.Current.Screen.Progress().AutoClear(true).HideCompleted(true).Columns(
        new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedlessRate(), new RemainingTimeColumn());

    /// <summary>Items a second.</summary>
    private sealed class TransferSpeedlessRate : ProgressColumn
    {
        public override Spectre.Console.Rendering.IRenderable Render(Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } speed ? $"{speed:N0}/s" : "");
    }
}
