using System.Runtime.InteropServices;

namespace Vm.Abi;

/// <summary>What a path names.</summary>
public enum FileKind
{
    /// <summary>Nothing, or something that may not be looked at.</summary>
    None,

    /// <summary>A regular file: it has a size and an end.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, a device, a socket: opening it may wait, reading it may never end.</summary>
    Other,
}

/// <summary>Tells regular files from what may block or never end, before anything is opened.</summary>
public static class FileKinds
{
    private const int TypeMask = 0xf000, Folder = 0x4000, Regular = 0x8000;

    /// <summary>What a path leads to, symbolic links followed. Never opens it, never waits.</summary>
    public static FileKind Of(string path)
    {
        if (Directory.Exists(path)) return FileKind.Folder;
        if (!File.Exists(path)) return FileKind.None;
        if (OperatingSystem.IsWindows()) return FileKind.Regular;
        return Stat(path, out var status) != 0 ? FileKind.None : (status.Mode & TypeMask) switch { Regular => FileKind.Regular, Folder => FileKind.Folder, _ => FileKind.Other };
    }

    // .NET says of a pipe that it is a normal file; its own portable stat(2) says what it is. Source: dotnet/runtime src/native/libs/System.Native/pal_io.h, FileStatus.
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out FileStatus status);

    [StructLayout(LayoutKind.Sequential)]
    private struct FileStatus
    {
        public int Flags;
        public int Mode;
        public uint UserId;
        public uint GroupId;
        public long Size;
        public long AccessTime;
        public long AccessTimeNs;
        public long ChangeTime;
        public long ChangeTimeNs;
        public long StatusTime;
        public long StatusTimeNs;
        public long BirthTime;
        public long BirthTimeNs;
        public long Device;
        public long RawDevice;
        public long Inode;
        public uint UserFlags;
        public int HardLinks;
    }
}
