using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sim.Output;

/// <summary>Where everything a command says goes: styled lines and tables for people, plain lines for machines, complaints.</summary>
/// <remarks>
/// The only door to the console: a test reads the built assembly and finds no other. Nothing that came from a file passes it as a control
/// character, a line of its own or markup: holes of <see cref="Styled"/> are made visible, and both writers and the console look once more.
/// </remarks>
internal sealed class Terminal
{
    private const int LeastPipedWidth = 140, Unfolded = 1 << 20;

    private static readonly Lazy<Terminal> s_process = new(OfProcess);
    private static readonly AsyncLocal<Terminal?> s_current = new();

    private readonly TextWriter? _data;
    private readonly Stream? _bytes;

    private Terminal(TextReader input, TextWriter output, TextWriter error, IAnsiConsole console, TextWriter? data, Stream? bytes)
    {
        In = input;
        Out = output;
        Error = error;
        Screen = console;
        _data = data;
        _bytes = bytes;
        console.Pipeline.Attach(new VisibleSegments());
    }

    /// <summary>The terminal of whoever runs a command: the process's own, unless <see cref="Use"/> said otherwise.</summary>
    public static Terminal Current => s_current.Value ?? s_process.Value;

    /// <summary>Plain lines: JSON, disassembly, logs. Line ends pass, other control characters are shown.</summary>
    public TextWriter Out { get; }

    /// <summary>Complaints. Line ends pass, other control characters are shown.</summary>
    public TextWriter Error { get; }

    /// <summary>Standard input as text.</summary>
    public TextReader In { get; }

    /// <summary>For what needs Spectre itself (progress bars).</summary>
    public IAnsiConsole Screen { get; }

    /// <summary>True when a person watches, so that progress may be drawn.</summary>
    public bool IsInteractive => _data is null && Screen.Profile.Capabilities.Interactive && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;

    /// <summary>Makes a terminal that writes to texts, without colours: for tests and other callers of commands.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="width">Columns.</param>
    /// <param name="bytes">Where files called <c>-</c> go; null drops them.</param>
    public static Terminal Over(TextWriter output, TextWriter error, int width = LeastPipedWidth, Stream? bytes = null)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        return new Terminal(TextReader.Null, new VisibleWriter(output), new VisibleWriter(error), console, output, bytes ?? Stream.Null);
    }

    /// <summary>Makes commands that are called from here on, in this flow of control, use another terminal.</summary>
    public static void Use(Terminal? terminal) => s_current.Value = terminal;

    /// <summary>Writes a line; it is not folded, so that what is one line stays one for whoever searches it.</summary>
    public void Line(Styled line)
    {
        int width = Screen.Profile.Width;
        Screen.Profile.Width = Unfolded;
        Screen.MarkupLine(line.ToString());
        Screen.Profile.Width = width;
    }

    /// <summary>Writes an empty line.</summary>
    public void Line() => Screen.WriteLine();

    /// <summary>Writes a table or another thing made of <see cref="Styled"/> parts.</summary>
    public void Write(IRenderable what) => Screen.Write(what);

    /// <summary>Complains in one line: <c>sim: …</c>.</summary>
    public void Complain(string what) => Error.WriteLine($"sim: {Visible.Of(what)}");

    /// <summary>The same terminal for when standard output carries bytes: what people read goes to standard error.</summary>
    public Terminal OnError() => new(In, Error, Error, AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(Error) }), _data, _bytes);

    /// <summary>Standard output as bytes.</summary>
    internal Stream Bytes() => _bytes ?? Console.OpenStandardOutput();

    /// <summary>Says what is no complaint but must be known, each once, on the same stream: <c>sim: note: …</c>.</summary>
    public void Notes(IEnumerable<string> notes)
    {
        foreach (string note in notes.Distinct()) Complain($"note: {note}");
    }

    /// <summary>A buffered writer for many machine lines; flush or dispose it.</summary>
    public TextWriter Data() => new VisibleWriter(_data is null ? new StreamWriter(Console.OpenStandardOutput()) : new Unclosed(_data));

    private static Terminal OfProcess()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        // Piped output is read by people, too: a table is not squeezed into 80 columns then.
        if (Console.IsOutputRedirected) console.Profile.Width = Math.Max(console.Profile.Width, LeastPipedWidth);
        return new Terminal(Console.In, new VisibleWriter(Console.Out), new VisibleWriter(Console.Error), console, null, null);
    }

    // What a caller gave us stays open when a command is done with it.
    private sealed class Unclosed(TextWriter inner) : TextWriter
    {
        public override System.Text.Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void Write(ReadOnlySpan<char> buffer) => inner.Write(buffer);

        public override void Write(string? value) => inner.Write(value);
    }
}
