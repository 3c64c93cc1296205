using System.Runtime.CompilerServices;

namespace Tests.Verifier;

/// <summary>Where test data lies in the source tree.</summary>
internal static class Repository
{
    /// <summary>Full path of something given relative to the repository's root.</summary>
    public static string PathOf(string relative) => Path.Combine(Root(), relative);

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
