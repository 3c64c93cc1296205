using System.Globalization;
using Netdev.TestRun;
using Sim.Output;
using Sim.Scenarios;
using Vm.Abi;

namespace Sim.Fuzz;

/// <summary>A generated program as a file: what it is loaded as, packets, context, text. Tests run all that are kept in tests/cases/fuzz.</summary>
/// <remarks>
/// Lines that start with ; say what was wrong. <c>-- type</c> tc, xdp or syscall, <c>-- packet</c> hex (any number), <c>-- context</c> fields as
/// <see cref="SkbTestContext.TryParse"/> reads them, then <c>-- asm</c> and the text to the end. Maps are <see cref="FuzzMaps"/>.
/// </remarks>
internal static class FuzzCaseFile
{
    /// <summary>Writes one.</summary>
    /// <param name="path">Where; replaced when it exists.</param>
    /// <param name="remarks">What was wrong, a line each.</param>
    /// <param name="program">The program.</param>
    public static void Write(string path, IEnumerable<string> remarks, FuzzCase program)
    {
        var c = program.Context;
        string context = string.Create(CultureInfo.InvariantCulture,
            $"mark={c.Mark},priority={c.Priority},ingress_ifindex={c.IngressIfindex},cb[0]={c.Cb.C0},cb[1]={c.Cb.C1},cb[2]={c.Cb.C2},cb[3]={c.Cb.C3},cb[4]={c.Cb.C4},tstamp={c.Timestamp}");
        string[] lines =
        [
            .. remarks.SelectMany(remark => remark.Split('\n')).Select(remark => $"; {remark}"),
            $"-- type {FuzzProgram.SectionOf(program.Type)}",
            .. program.Packets.Select(packet => $"-- packet {Convert.ToHexStringLower(packet)}"),
            $"-- context {context}",
            "-- asm",
            .. program.Lines,
        ];
        using var file = OutputFile.Create(path);
        file.Stream.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        file.Commit();
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="ScenarioFormatException">A line is none of the above.</exception>
    public static FuzzCase Read(string path)
    {
        string[] lines = InputFile.ReadText(path, ScenarioReader.MaxFileBytes, (what, errno) => new ScenarioFormatException(path, "", what, errno)).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var type = ProgramType.SchedCls;
        var packets = new List<byte[]>();
        var context = new SkbTestContext();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.Length == 0 || line[0] == ';') continue;
            string[] words = line.Split(' ', 3);
            switch (words.Length > 1 && words[0] == "--" ? words[1] : "")
            {
                case "type" when words is [_, _, var named] && FuzzTypes.Programs.FirstOrDefault(known => FuzzProgram.SectionOf(known) == named) is var known && known != ProgramType.Unspec:
                    type = known;
                    break;
                case "packet" when words.Length == 3 && words[2].Length % 2 == 0 && words[2].All(char.IsAsciiHexDigit):
                    packets.Add(Convert.FromHexString(words[2]));
                    break;
                case "context" when words.Length == 3:
                    if (!SkbTestContext.TryParse(words[2], out context, out string problem)) throw Wrong(path, i, problem);
                    break;
                case "asm":
                    return new FuzzCase(type, lines[(i + 1)..], packets, context);
                default:
                    throw Wrong(path, i, $"'{line}' is not '-- type tc', xdp or syscall, '-- packet HEX', '-- context FIELD=NUMBER,...', '-- asm' or a remark");
            }
        }
        throw Wrong(path, lines.Length - 1, "there is no '-- asm'");
    }

    private static ScenarioFormatException Wrong(string path, int line, string problem) => new(path, string.Create(CultureInfo.InvariantCulture, $"line {line + 1}"), problem, Errno.EINVAL);
}
