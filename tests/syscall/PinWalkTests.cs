using System.Text;
using Sim.Live;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>Random pins, opens, directories, links and renames in a bpf file system, here and on the live kernel in step.</summary>
public sealed class PinWalkTests
{
    private const int Slots = 6, Calls = 400;

    private static readonly string[] s_names = ["a", "b", "d", "e", "x.y", "", ".", "..", "d/", "a/", "d/a", "d/b", "d/e", "e/a", "d/d/a", "l", "l/a", "l/l", "missing/a", "d/../a", "//d//a"];

    [Fact]
    public void Pins_AnswerAsTheKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        int walks = int.TryParse(Environment.GetEnvironmentVariable("SYSCALL_WALKS"), out int many) ? many : 10;
        for (ulong walk = first; walk < first + (ulong)walks; walk++)
        {
            using var space = MountNamespace.Create();
            if (Run(walk, space) is { } difference) Assert.Fail(difference);
        }
    }

    private static string? Run(ulong seed, MountNamespace space)
    {
        var random = new SeededRandom(seed);
        using var kernels = new TwoKernels();
        kernels.Network.Kernel.Files.Mount(space.Path, new BpfMountOptions(), UserNamespace.Initial);
        var lines = new List<string>();
        for (int i = 0; i < Calls; i++)
        {
            string path = Path(), other = Path();
            int mode = Of(0x1ff, 0x1c0, 0x3ff), slot = Below(Slots);
            var (here, there) = Below(14) switch
            {
                0 => Note("mkdir", path, kernels.Network.Kernel.Files.MakeDirectory(kernels.Process, path, mode), space.Run(() => FileCalls.MakeDirectory(path, mode))),
                1 => Note("unlink", path, kernels.Network.Kernel.Files.Unlink(kernels.Process, path), space.Run(() => FileCalls.Unlink(path))),
                2 => Note("rmdir", path, kernels.Network.Kernel.Files.RemoveDirectory(kernels.Process, path), space.Run(() => FileCalls.RemoveDirectory(path))),
                3 => Note($"rename {other}", path, kernels.Network.Kernel.Files.Rename(kernels.Process, other, path), space.Run(() => FileCalls.Rename(other, path))),
                4 => Note($"symlink {other}", path, kernels.Network.Kernel.Files.MakeSymlink(kernels.Process, other, path), space.Run(() => FileCalls.MakeSymlink(other, path))),
                5 => Note($"link {other}", path, kernels.Network.Kernel.Files.MakeLink(kernels.Process, other, path), space.Run(() => FileCalls.MakeLink(other, path))),
                6 => Put(new Ask(BpfCommand.MapCreate, 72, new Piece.U32(0, 2), new Piece.U32(4, 4), new Piece.U32(8, 4), new Piece.U32(12, 1)) { Makes = slot }),
                7 => Closed(slot),
                8 or 9 or 10 => Put(Dirty(new Ask(BpfCommand.ObjPin, 16, Name(path), new Piece.Fd(8, slot)))),
                _ => Put(Dirty(new Ask(BpfCommand.ObjGet, 16, Name(path), new Piece.U32(12, Of(0u, 0u, 8u, 16u, 24u, 1u))) { Makes = slot })),
            };
            if (here != there) return $"seed {seed}\n{string.Join('\n', lines.TakeLast(20))}\n  here   {here}\n  kernel {there}";
        }
        return null;

        int Below(int bound) => (int)(random.NextUInt64() % (ulong)bound);

        T Of<T>(params ReadOnlySpan<T> all) => all[Below(all.Length)];

        string Path() => Below(40) == 0 ? Of("", "/", "/tmp/missing/a", $"{space.Path}/{new string('n', 300)}") : $"{space.Path}/{Of<string>(s_names)}";

        Piece Name(string path) => Below(40) == 0 ? new Piece.Unmapped(0) : new Piece.Pointer(0, [.. Encoding.Latin1.GetBytes(path), 0]);

        Ask Dirty(Ask ask) => Below(30) switch
        {
            0 => ask with { Size = 24, Pieces = [.. ask.Pieces, new Piece.U32(20, 1)] },
            1 => ask with { Size = 20, Pieces = [.. ask.Pieces, new Piece.U32(16, 3)] },
            2 => ask with { Size = 20, Pieces = [.. ask.Pieces, new Piece.U32(12, 1 << 14), new Piece.U32(16, unchecked((uint)-100))] },
            _ => ask,
        };

        (string, string) Put(Ask ask)
        {
            lines.Add(ask.ToString() + " " + (ask.Pieces.OfType<Piece.Pointer>().FirstOrDefault() is { } name ? Encoding.Latin1.GetString(name.Content) : ""));
            string here = kernels.Here.Put(ask), there = space.Run(() => kernels.There!.Put(ask));
            lines[^1] += ": " + here;
            return (here, there);
        }

        (string, string) Closed(int which)
        {
            lines.Add($"close #{which}");
            return kernels.Close(which);
        }

        (string, string) Note(string verb, string path, Errno here, Errno there)
        {
            lines.Add($"{verb} {path}: {here}");
            return (here.ToString(), there.ToString());
        }
    }
}
