using System.Globalization;
using Netdev.Tcx;
using Sim.Scenarios;
using Vm.Abi;

namespace Sim.Control;

/// <summary>Reads control scripts: a line a step, <c># comment</c>, <c>=&gt; expected answer</c>.</summary>
internal static class ControlScriptReader
{
    private const int MaxSteps = 10_000, MaxRange = 256;
    private const uint MaxRoom = 4096;
    private const string NotOnKernel = "not on the running kernel:";

    private static readonly Dictionary<string, ControlVerb> s_verbs = new()
    {
        ["program"] = ControlVerb.Program,
        ["xdp"] = ControlVerb.Xdp,
        ["map"] = ControlVerb.Map,
        ["device"] = ControlVerb.Device,
        ["on"] = ControlVerb.On,
        ["attach"] = ControlVerb.Attach,
        ["detach"] = ControlVerb.Detach,
        ["query"] = ControlVerb.Query,
        ["link-create"] = ControlVerb.LinkCreate,
        ["link-update"] = ControlVerb.LinkUpdate,
        ["link-detach"] = ControlVerb.LinkDetach,
        ["link-info"] = ControlVerb.LinkInfo,
        ["close"] = ControlVerb.Close,
        ["bpf"] = ControlVerb.Bpf,
        ["dup"] = ControlVerb.Duplicate,
        ["mkdir"] = ControlVerb.File,
        ["rmdir"] = ControlVerb.File,
        ["unlink"] = ControlVerb.File,
        ["rename"] = ControlVerb.File,
        ["symlink"] = ControlVerb.File,
        ["hardlink"] = ControlVerb.File,
        ["open"] = ControlVerb.Open,
        ["send"] = ControlVerb.Send,
        ["become"] = ControlVerb.Become,
        ["mount"] = ControlVerb.Mount,
        ["settle"] = ControlVerb.Settle,
        ["delete"] = ControlVerb.Delete,
        ["move"] = ControlVerb.Move,
        ["enter"] = ControlVerb.Enter,
        ["up"] = ControlVerb.Up,
        ["down"] = ControlVerb.Down,
        ["qdisc-add"] = ControlVerb.QdiscAdd,
        ["qdisc-del"] = ControlVerb.QdiscDelete,
    };

    private static readonly Dictionary<string, MprogFlags> s_flags = new()
    {
        ["REPLACE"] = MprogFlags.Replace,
        ["BEFORE"] = MprogFlags.Before,
        ["AFTER"] = MprogFlags.After,
        ["ID"] = MprogFlags.Id,
        ["LINK"] = MprogFlags.Link,
        ["-"] = MprogFlags.None,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="ScenarioFormatException">It is no script; the message names the line.</exception>
    public static ControlScript ReadFile(string path) => Read(InputFile.ReadText(path, ScenarioReader.MaxFileBytes, (what, errno) => new ScenarioFormatException(path, "", what, errno)), path);

    /// <summary>Reads a text.</summary>
    public static ControlScript Read(string text, string path)
    {
        var steps = new List<ControlStep>();
        IReadOnlyList<AttachType> directions = [AttachType.TcxIngress];
        string title = Path.GetFileNameWithoutExtension(path);
        string? notOnKernel = null;
        string[] lines = text.Split('\n');
        if (lines[0].StartsWith('#')) title = lines[0].TrimStart('#').Trim();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim();
            if (line.Length == 0) continue;
            if (line == "each direction")
            {
                if (steps.Count > 0) throw Wrong(path, i + 1, "'each direction' comes before all steps");
                directions = [AttachType.TcxIngress, AttachType.TcxEgress];
                continue;
            }
            if (line.StartsWith(NotOnKernel, StringComparison.Ordinal))
            {
                notOnKernel = line[NotOnKernel.Length..].Trim();
                if (steps.Count > 0) throw Wrong(path, i + 1, $"'{NotOnKernel} REASON' comes before all steps");
                if (notOnKernel.Length == 0) throw Wrong(path, i + 1, $"a reason is missing after '{NotOnKernel}'");
                continue;
            }
            if (steps.Count == MaxSteps) throw Wrong(path, i + 1, $"a script has at most {MaxSteps} steps");
            steps.Add(Step(path, i + 1, line));
        }
        if (steps.Count == 0) throw new ScenarioFormatException(path, "", "no step in it; a script has a call a line, such as 'attach p1 BEFORE p2 => ENOENT'");
        return new ControlScript(path, title, directions, steps, notOnKernel);
    }

    private static ControlStep Step(string path, int line, string text)
    {
        string[] halves = text.Split("=>");
        if (halves.Length > 2) throw Wrong(path, line, "more than one '=>'");
        string call = halves[0].Trim();
        string[] words = call.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw Wrong(path, line, "an expected answer, but no step");
        if (!s_verbs.TryGetValue(words[0], out var verb)) throw Wrong(path, line, $"there is no step '{words[0]}'; steps are: {string.Join(", ", s_verbs.Keys)}, and 'each direction' and '{NotOnKernel} REASON' at the top");
        var step = new ControlStep { Line = line, Text = call, Verb = verb, Expected = halves.Length == 2 ? Spaced(halves[1]) : "ok" };
        return verb == ControlVerb.Bpf ? step with { Call = Call(path, line, call) } : new Operands(path, line, words).Into(step);
    }

    private static BpfStep Call(string path, int line, string call)
    {
        try
        {
            return BpfStep.Read(call["bpf".Length..].Trim());
        }
        catch (BadInputException problem)
        {
            throw Wrong(path, line, problem.What);
        }
        catch (FormatException problem)
        {
            throw Wrong(path, line, problem.Message);
        }
    }

    private static string Spaced(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static ScenarioFormatException Wrong(string path, int line, string what) => new(path, $"line {line}", what);

    // The words after the verb, taken one by one.
    private sealed class Operands(string path, int line, string[] words)
    {
        private int _next = 1;

        public ControlStep Into(ControlStep step)
        {
            step = step.Verb switch
            {
                ControlVerb.Program or ControlVerb.Xdp or ControlVerb.Map or ControlVerb.Device => step with { Operands = Rest("a name") },
                ControlVerb.On => step with { Operands = [Word("a device")], Direction = Direction() },
                ControlVerb.Attach => Options(Position(step with { Operands = Range(Word("a program")) }), "replace", "revision"),
                ControlVerb.Detach => Options(Position(step with { Operands = Range(Word("a program, or 0")) }), "revision"),
                ControlVerb.LinkCreate => Options(Position(step with { Operands = [Word("a name for the link"), Word("a program")] }), "revision"),
                ControlVerb.LinkUpdate => Options(Flags(step with { Operands = [Word("a link"), Word("a program")] }), "old"),
                ControlVerb.Query => Options(step, "room", "query-flags", "attach-flags"),
                ControlVerb.LinkDetach or ControlVerb.LinkInfo or ControlVerb.Close => step with { Operands = Range(Word("a name")) },
                ControlVerb.Duplicate => step with { Operands = [Word("a name"), Word("a name for the copy")] },
                ControlVerb.File => Files(step),
                ControlVerb.Open => step with { Operands = [Word("a name for the descriptor"), Word("a path")] },
                ControlVerb.Send => Times(step with { Operands = [Word("a device")], Frame = Hex() }),
                ControlVerb.Become => step with { Operands = [Word("root, or contained")], Capabilities = Rights() },
                ControlVerb.Settle => step,
                ControlVerb.Mount => step with { Operands = [Word("a name for its root"), Word("a path"), _next < words.Length ? words[_next++] : ""] },
                ControlVerb.QdiscAdd => step with { Operands = [Word("a device"), Qdisc()] },
                ControlVerb.Enter => step with { Operands = [Space()] },
                _ => step with { Operands = [Word("a device")] },
            };
            if (_next < words.Length) throw Wrong(path, line, $"'{words[_next]}' is one word too many after '{words[0]}'");
            return step;
        }

        private string Word(string what) => _next < words.Length ? words[_next++] : throw Wrong(path, line, $"{what} is missing after '{words[_next - 1]}'");

        private List<string> Rest(string what)
        {
            var all = new List<string>();
            do all.AddRange(Range(Word(what)));
            while (_next < words.Length);
            return all;
        }

        // p1..p63 stands for all of them.
        private string[] Range(string word)
        {
            string[] ends = word.Split("..");
            if (ends.Length == 1) return [word];
            string stem = ends[0].TrimEnd("0123456789".ToCharArray());
            if (ends.Length == 2 && ends[1].StartsWith(stem, StringComparison.Ordinal)
                && int.TryParse(ends[0].AsSpan(stem.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[1].AsSpan(stem.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                && first <= last && last - first < MaxRange)
            {
                return [.. Enumerable.Range(first, last - first + 1).Select(n => string.Create(CultureInfo.InvariantCulture, $"{stem}{n}"))];
            }
            throw Wrong(path, line, $"'{word}' is no range; write p1..p9, at most {MaxRange} names");
        }

        private AttachType? Direction() => _next == words.Length ? null : words[_next++] switch
        {
            "ingress" => AttachType.TcxIngress,
            "egress" => AttachType.TcxEgress,
            _ => throw Wrong(path, line, $"'{words[_next - 1]}' is no direction; write ingress or egress"),
        };

        private ControlStep Files(ControlStep step)
        {
            var verb = words[0] switch
            {
                "mkdir" => FileVerb.MakeDirectory,
                "rmdir" => FileVerb.RemoveDirectory,
                "unlink" => FileVerb.Unlink,
                "rename" => FileVerb.Rename,
                "symlink" => FileVerb.Symlink,
                _ => FileVerb.Link,
            };
            // Two paths stand in the order of the shell's commands: what there is, then what comes to be.
            string first = Word("a path");
            return step with { FileVerb = verb, Operands = verb < FileVerb.Rename ? [first, ""] : [Word("a second path"), first] };
        }

        private byte[] Hex()
        {
            string word = Word("a frame in hexadecimal");
            try
            {
                return Convert.FromHexString(word);
            }
            catch (FormatException)
            {
                throw Wrong(path, line, $"'{word}' is no frame; write its bytes in hexadecimal, from the Ethernet header on");
            }
        }

        private ControlStep Times(ControlStep step) => _next == words.Length ? step : words[_next][0] == 'x' && TryNumber(words[_next++][1..], out ulong times) && times is > 0 and <= 10_000
            ? step with { Times = (int)times }
            : throw Wrong(path, line, $"'{words[_next - 1]}' is no count; write x1 to x10000");

        private Capabilities Rights()
        {
            var all = Capabilities.None;
            while (_next < words.Length)
            {
                string word = words[_next++];
                if (!Enum.TryParse<Capabilities>(word.Replace("CAP_", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var one))
                    throw Wrong(path, line, $"'{word}' is no capability bpf(2) asks about; they are CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN, all and none");
                all |= one;
            }
            return all;
        }

        private string Qdisc() => Word("clsact or ingress") is "clsact" or "ingress" ? words[_next - 1] : throw Wrong(path, line, $"'{words[_next - 1]}' is no qdisc with tcx; write clsact or ingress");

        private string Space() => Word("other or home") is "other" or "home" ? words[_next - 1] : throw Wrong(path, line, $"'{words[_next - 1]}' is no namespace; write other or home");

        private ControlStep Position(ControlStep step)
        {
            step = Flags(step);
            bool relative = _next < words.Length && _next > 2 && words[_next] is not ("replace" or "revision") && IsFlags(words[_next - 1]);
            return relative ? step with { Relative = words[_next++] } : step;
        }

        private ControlStep Flags(ControlStep step) => _next < words.Length && IsFlags(words[_next]) ? step with { Flags = FlagsOf(words[_next++]) } : step;

        private ControlStep Options(ControlStep step, params string[] allowed)
        {
            while (_next < words.Length && allowed.Contains(words[_next]))
            {
                string option = words[_next++];
                step = option switch
                {
                    "replace" or "old" => step with { Other = Word("a program") },
                    "revision" => step with { Revision = Number(Word("a revision")) },
                    "room" => step with { Room = Room() },
                    "query-flags" => step with { QueryFlags = (uint)Number(Word("flags")) },
                    _ => step with { AttachFlags = (uint)Number(Word("flags")) },
                };
            }
            return step;
        }

        private uint Room() => Number(Word("a count")) is <= MaxRoom and var room ? (uint)room : throw Wrong(path, line, $"room is at most {MaxRoom}");

        private ulong Number(string word) => TryNumber(word, out ulong value) ? value : throw Wrong(path, line, $"'{word}' is no number");

        private static bool IsFlags(string word) => word.Split('|').All(part => s_flags.ContainsKey(part) || TryNumber(part, out _));

        private MprogFlags FlagsOf(string word)
        {
            MprogFlags all = 0;
            foreach (string part in word.Split('|')) all |= s_flags.TryGetValue(part, out var flag) ? flag : (MprogFlags)(uint)Number(part);
            return all;
        }
    }

    /// <summary>A decimal number, or a hexadecimal one after 0x; at most 32 bits unless it is a revision.</summary>
    public static bool TryNumber(string word, out ulong value) => word.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
