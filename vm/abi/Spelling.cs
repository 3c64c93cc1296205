namespace Vm.Abi;

/// <summary>What somebody may have meant by a word nobody knows.</summary>
public static class Spelling
{
    private const int ShortWord = 4, MostListed = 24;

    /// <summary>The known word nearest to one that is not known; null when none is near. Case does not matter.</summary>
    /// <remarks>Near is one letter wrong, missing, too many or two in the wrong order; in words of more than four letters, two such.</remarks>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        int allowed = word.Length <= ShortWord ? 1 : 2;
        string? near = known.MinBy(candidate => Distance(word, candidate));
        return near is not null && Distance(word, near) <= allowed ? near : null;
    }

    /// <summary>The end of a complaint: the nearest known word, or all of them.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> known)
    {
        if (Nearest(word, known) is { } near) return $"did you mean '{near}'?";
        if (known.Count == 0) return "there are none";
        return $"known here: {string.Join(", ", known.Take(MostListed))}{(known.Count > MostListed ? ", …" : "")}";
    }

    // Optimal string alignment: three rows of the usual table. Words longer than any name are far from every name.
    private static int Distance(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > 2) return int.MaxValue;
        int[] before = new int[other.Length + 1], last = [.. Enumerable.Range(0, other.Length + 1)], row = new int[other.Length + 1];
        for (int i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (Same(one[i - 1], other[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1])) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[other.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
