using Vm.Elf;
using Vm.Specs;

namespace Tests.Objects;

/// <summary>The committed objects, found from wherever the tests run.</summary>
internal static class TestObjects
{
    private static readonly string s_folder = FindFolder();

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(s_folder, name));

    public static ObjectSpec Read(string name) => ObjectReader.Read(Bytes(name), name);

    private static string FindFolder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "tests", "objects");
            if (Directory.Exists(folder)) return folder;
        }
        throw new DirectoryNotFoundException("tests/objects is not above " + AppContext.BaseDirectory);
    }
}
