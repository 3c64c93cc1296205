using System.Buffers.Binary;
using Vm.Abi;
using Vm.Syscall;

namespace Tests.Syscall;

/// <summary>One kernel that is asked: its descriptors and ids by slot.</summary>
/// <param name="calls">The kernel.</param>
internal sealed class Asked(IBpfCalls calls)
{
    private const ulong Unmapped = 0x10;
    private const int NotOpen = 0x3fff_ffff;

    private readonly Dictionary<int, int> _fds = [];
    private readonly Dictionary<int, uint> _ids = [];
    private readonly Dictionary<(IdKind, uint), int> _slots = [];

    /// <summary>The kernel.</summary>
    public IBpfCalls Calls { get; } = calls;

    /// <summary>Gives an object that was made some other way a slot.</summary>
    public void Learn(int slot, int fd, IdKind kind)
    {
        _fds[slot] = fd;
        if (IdOf(fd) is not { } id) return;
        _ids[slot] = id;
        _slots[(kind, id)] = slot;
    }

    /// <summary>The descriptor in a slot; a number nobody has open when there is none.</summary>
    public int FdOf(int slot) => _fds.GetValueOrDefault(slot, NotOpen);

    /// <summary>What a slot has: descriptor and id.</summary>
    public (int Fd, uint Id) Content(int slot) => (FdOf(slot), _ids.GetValueOrDefault(slot, (uint)NotOpen));

    /// <summary>Gives a slot back what it had.</summary>
    public void Restore(int slot, (int Fd, uint Id) content)
    {
        if (content.Fd != NotOpen) _fds[slot] = content.Fd;
        _ids[slot] = content.Id;
    }

    /// <summary>close(2) of a slot.</summary>
    public string Close(int slot)
    {
        var errno = Calls.Close(FdOf(slot));
        _fds.Remove(slot);
        return errno.ToString();
    }

    /// <summary>dup(2) of a slot into another.</summary>
    public string Duplicate(int slot, int into)
    {
        int made = Calls.Duplicate(FdOf(slot));
        if (made < 0) return ((Errno)(-made)).ToString();
        _fds[into] = made;
        if (_ids.TryGetValue(slot, out uint id)) _ids[into] = id;
        return "ok";
    }

    /// <summary>Puts a call; the answer in words, with ids as the slots they belong to.</summary>
    public string Put(Ask ask)
    {
        Calls.Memory.Reset();
        ulong attributes = Calls.Memory.Allocate(Math.Max(ask.Size, 256));
        var buffers = new List<(ulong At, Piece.Pointer Piece)>();
        foreach (var piece in ask.Pieces)
        {
            var place = Calls.Memory.Bytes(attributes + (ulong)piece.Offset, 8);
            switch (piece)
            {
                case Piece.U32 word: BinaryPrimitives.WriteUInt32LittleEndian(place, word.Value); break;
                case Piece.U64 word: BinaryPrimitives.WriteUInt64LittleEndian(place, word.Value); break;
                case Piece.Inline bytes: bytes.Bytes.CopyTo(Calls.Memory.Bytes(attributes + (ulong)piece.Offset, bytes.Bytes.Length)); break;
                case Piece.Fd fd: BinaryPrimitives.WriteInt32LittleEndian(place, FdOf(fd.Slot)); break;
                case Piece.Id id: BinaryPrimitives.WriteUInt32LittleEndian(place, _ids.GetValueOrDefault(id.Slot, (uint)NotOpen)); break;
                case Piece.Pointer pointer:
                    ulong at = Calls.Memory.Put(pointer.Content);
                    foreach (var (offset, slot) in pointer.Fds ?? []) BinaryPrimitives.WriteInt32LittleEndian(Calls.Memory.Bytes(at + (ulong)offset, 4), FdOf(slot));
                    buffers.Add((at, pointer));
                    BinaryPrimitives.WriteUInt64LittleEndian(place, at);
                    break;
                default: BinaryPrimitives.WriteUInt64LittleEndian(place, Unmapped); break;
            }
        }
        byte[] before = Calls.Memory.Bytes(attributes, 152).ToArray();
        int answer = Calls.Bpf(ask.Command, attributes, (uint)ask.Size);
        byte[] after = Calls.Memory.Bytes(attributes, 152).ToArray();
        if (answer >= 0 && ask.Makes >= 0)
        {
            Learn(ask.Makes, answer, ask.Kind);
            return "ok";
        }
        var words = new List<string> { answer < 0 ? ((Errno)(-answer)).ToString() : "ok" };
        if (!ask.ComparesBytes) return words[0];
        foreach (var (at, kind) in ask.Ids) words.Add($"+{at}={NameOf(kind, after, at)}");
        for (int at = 0; at < 152; at += 4)
        {
            if (!before.AsSpan(at, 4).SequenceEqual(after.AsSpan(at, 4)) && !ask.Free.Contains(at) && !ask.Ids.Any(id => id.At == at))
                words.Add($"+{at}:={BinaryPrimitives.ReadUInt32LittleEndian(after.AsSpan(at))}");
        }
        foreach (var (at, piece) in buffers)
        {
            byte[] bytes = Calls.Memory.Bytes(at, piece.Content.Length).ToArray();
            string names = "";
            foreach (var (offset, kind) in piece.Ids ?? [])
            {
                if (offset + 4 > bytes.Length) continue;
                names += $" {NameOf(kind, bytes, offset)}";
                bytes.AsSpan(offset, 4).Clear();
            }
            foreach (var (offset, _) in piece.Fds ?? []) bytes.AsSpan(offset, 4).Clear();
            int end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            words.Add($"[{Convert.ToHexString(bytes.AsSpan(0, end))}{(end < bytes.Length ? $"..{bytes.Length}" : "")}{names}]");
        }
        return string.Join(' ', words);
    }

    private string NameOf(IdKind kind, byte[] bytes, int at)
    {
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
        return id == 0 ? "0" : _slots.TryGetValue((kind, id), out int slot) ? $"#{slot}" : "other";
    }

    // struct bpf_map_info, bpf_prog_info and bpf_link_info have the id in their second word, bpf_btf_info in its fourth.
    private uint? IdOf(int fd)
    {
        Calls.Memory.Reset();
        ulong attributes = Calls.Memory.Allocate(16), info = Calls.Memory.Allocate(64);
        Calls.Memory.Ref<int>(attributes) = fd;
        Calls.Memory.Ref<uint>(attributes + 4) = 64;
        Calls.Memory.Ref<ulong>(attributes + 8) = info;
        if (Calls.Bpf(BpfCommand.ObjGetInfoByFd, attributes, 16) < 0) return null;
        bool btf = Calls.Memory.Ref<uint>(attributes + 4) == 32;
        return Calls.Memory.Ref<uint>(info + (btf ? 12ul : 4ul));
    }
}
