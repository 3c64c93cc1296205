namespace Vm.Verifier.Instruments;

/// <summary>A mark for every byte of the stack of a run, which grows down from the entry function's R10.</summary>
internal sealed class StackMarks
{
    private const int Bytes = 16 * 512, WordBits = 64;
    private readonly ulong[] _words = new ulong[Bytes / WordBits];
    private ulong _top;
    private bool _any;

    /// <summary>Takes all marks away.</summary>
    public void Begin(ulong top)
    {
        if (_any) Array.Clear(_words);
        (_top, _any) = (top, false);
    }

    public void CopyFrom(StackMarks other)
    {
        if (_any || other._any) Array.Copy(other._words, _words, _words.Length);
        (_top, _any) = (other._top, other._any);
    }

    /// <summary>True when one of these bytes is marked.</summary>
    public bool Any(ulong address, int bytes)
    {
        for (int i = 0; _any && i < bytes; i++)
            if (TryLocate(address + (ulong)i, out int at) && (_words[at / WordBits] & 1ul << at) != 0) return true;
        return false;
    }

    /// <summary>Marks or unmarks bytes; nothing happens to what is no stack.</summary>
    public void Set(ulong address, int bytes, bool marked)
    {
        if (!marked && !_any) return;
        _any = true;
        for (int i = 0; i < bytes; i++)
        {
            if (!TryLocate(address + (ulong)i, out int at)) continue;
            ref ulong word = ref _words[at / WordBits];
            word = marked ? word | 1ul << at : word & ~(1ul << at);
        }
    }

    private bool TryLocate(ulong address, out int at)
    {
        ulong below = _top - 1 - address;
        at = (int)Math.Min(below, Bytes);
        return at < Bytes;
    }
}
