using Vm.Abi;

namespace Vm.Syscall;

/// <summary>A command of bpf(2).</summary>
/// <param name="Number">Number.</param>
/// <param name="Last">End of its last field: bytes of the attributes from there on must be zero.</param>
/// <param name="Answer">What it does.</param>
/// <param name="ChecksTail">False where the command checks other things first, and the rest itself.</param>
internal readonly record struct CommandRow(BpfCommand Number, int Last, Func<Call, int> Answer, bool ChecksTail = true);

/// <summary>All commands of bpf(2), by number.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, *_LAST_FIELD and __sys_bpf.</remarks>
internal static class CommandTable
{
    /// <summary>The rows; the index is the command's number.</summary>
    public static IReadOnlyList<CommandRow> Rows { get; } =
    [
        new(BpfCommand.MapCreate, 80, MapCreation.Create),
        new(BpfCommand.MapLookup, 32, MapElements.Lookup),
        new(BpfCommand.MapUpdate, 32, MapElements.Update),
        new(BpfCommand.MapDelete, 16, MapElements.Delete),
        new(BpfCommand.MapGetNextKey, 24, MapElements.NextKey),
        new(BpfCommand.ProgLoad, 148, ProgLoading.Load),
        new(BpfCommand.ObjPin, 20, Pinning.Pin),
        new(BpfCommand.ObjGet, 20, Pinning.Get),
        new(BpfCommand.ProgAttach, 32, Attachments.Attach),
        new(BpfCommand.ProgDetach, 32, Attachments.Detach),
        new(BpfCommand.ProgTestRun, 76, TestRuns.Run),
        new(BpfCommand.ProgGetNextId, 8, Ids.NextProg),
        new(BpfCommand.MapGetNextId, 8, Ids.NextMap),
        new(BpfCommand.ProgGetFdById, 4, Ids.OpenProg),
        new(BpfCommand.MapGetFdById, 12, Ids.OpenMap),
        new(BpfCommand.ObjGetInfoByFd, 16, ObjectInfo.Get),
        new(BpfCommand.ProgQuery, 64, Attachments.Query, ChecksTail: false),
        new(BpfCommand.RawTracePointOpen, 24, ProgCalls.OpenRawTracepoint),
        new(BpfCommand.BtfLoad, 40, BtfLoading.Load),
        new(BpfCommand.BtfGetFdById, 4, Ids.OpenBtf),
        new(BpfCommand.TaskFdQuery, 48, ProgCalls.QueryTask),
        new(BpfCommand.MapLookupAndDelete, 32, MapElements.LookupAndDelete),
        new(BpfCommand.MapFreeze, 4, MapElements.Freeze),
        new(BpfCommand.BtfGetNextId, 8, Ids.NextBtf),
        new(BpfCommand.MapLookupBatch, 56, MapBatches.Lookup),
        new(BpfCommand.MapLookupAndDeleteBatch, 56, MapBatches.LookupAndDelete),
        new(BpfCommand.MapUpdateBatch, 56, MapBatches.Update),
        new(BpfCommand.MapDeleteBatch, 56, MapBatches.Delete),
        new(BpfCommand.LinkCreate, 60, Links.Create),
        new(BpfCommand.LinkUpdate, 16, Links.Update),
        new(BpfCommand.LinkGetFdById, 4, Ids.OpenLink),
        new(BpfCommand.LinkGetNextId, 8, Ids.NextLink),
        new(BpfCommand.EnableStats, 4, ProgCalls.EnableStats),
        new(BpfCommand.IterCreate, 8, ProgCalls.CreateIterator),
        new(BpfCommand.LinkDetach, 4, Links.Detach),
        new(BpfCommand.ProgBindMap, 12, ProgCalls.BindMap),
        new(BpfCommand.TokenCreate, 8, Tokens.Create),
    ];
}
