using System.Globalization;
using System.Text;
using Vm.Proofs;
using Vm.Specs;

namespace Vm.Verifier.Paths;

/// <summary>The verifier's log: the kernel's text with source lines in between.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/log.c.</remarks>
internal sealed class VerifierLog(LinkedProgram program, LogLevels levels, int limitBytes)
{
    /// <summary>Least column of a state printed behind its instruction, and what longer lines round up to.</summary>
    private const int StateColumn = 40, ColumnStep = 8;

    private readonly StringBuilder _text = new();
    private long _dropped;
    private long _insnEnd = -1;
    private int _insnWidth;
    private LineInfo? _lastLine;

    public bool ShowsPath { get; } = (levels & (LogLevels.FailingPath | LogLevels.Everything)) != 0;

    public bool ShowsEverything { get; } = (levels & LogLevels.Everything) != 0;

    public bool ShowsStats { get; } = (levels & LogLevels.Stats) != 0;

    /// <summary>Characters written so far, dropped ones included.</summary>
    public long Position => _dropped + _text.Length;

    public override string ToString() => _text.ToString();

    public void Write(string text)
    {
        _text.Append(text);
        if (_text.Length <= 2L * limitBytes) return;
        int excess = _text.Length - limitBytes;
        _text.Remove(0, excess);
        _dropped += excess;
    }

    public void WriteLine(string text)
    {
        Write(text);
        Write("\n");
    }

    /// <summary>Takes back everything after a position.</summary>
    public void Rewind(long position)
    {
        long length = position - _dropped;
        _text.Length = (int)Math.Clamp(length, 0, _text.Length);
        _insnEnd = -1;
    }

    /// <summary>The next instruction's source line is printed even if it is the last one printed.</summary>
    public void ForgetLine() => _lastLine = null;

    // What an object calls a line is one line of the log, whatever is in it.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    /// <summary>The source line of a slot, unless it was the last one printed.</summary>
    public void SourceLine(int pc, string prefix)
    {
        if (!program.TryLine(pc, out var line) || line == _lastLine) return;
        if (_lastLine is { } last && last.FileNameOffset == line.FileNameOffset && last.File == line.File && last.Line == line.Line) return;
        int slash = line.File.LastIndexOf('/');
        WriteLine($"{prefix}{OneLine(line.Text.TrimStart())} @ {OneLine(line.File[(slash + 1)..])}:{Text(line.Line)}");
        _lastLine = line;
    }

    public void Insn(int pc, string text)
    {
        SourceLine(pc, "; ");
        long before = Position;
        WriteLine($"{Text(pc)}: {text}");
        _insnEnd = Position;
        _insnWidth = (int)(Position - before);
    }

    /// <summary>Registers an instruction changed, on its own line when nothing came between.</summary>
    public void InsnState(int pc, string state)
    {
        if (_insnEnd == Position && _text.Length > 0)
        {
            _text.Length--;
            int column = (Math.Max(_insnWidth + ColumnStep / 2, StateColumn) + ColumnStep - 1) / ColumnStep * ColumnStep;
            Write(new string(' ', column - _insnWidth - 1) + ";");
        }
        else
        {
            Write(Text(pc) + ":");
        }
        WriteLine(state);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
