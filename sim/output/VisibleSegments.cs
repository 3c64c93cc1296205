using Spectre.Console.Rendering;

namespace Sim.Output;

/// <summary>The last look at what Spectre is about to write: text parts lose their control characters, Spectre's own colours and cursor moves stay.</summary>
internal sealed class VisibleSegments : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(one => new Looked(one));

    private sealed class Looked(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            foreach (var segment in inner.Render(options, maxWidth))
                yield return segment.IsControlCode || segment.IsLineBreak || Visible.IsHarmless(segment.Text) ? segment : new Segment(Visible.Lines(segment.Text), segment.Style);
        }
    }
}
