using System.Runtime.InteropServices;
using System.Text;
using Vm.Abi;
using Vm.Cfg;
using Vm.Isa;
using Vm.Kernel;
using Vm.Loading;
using Vm.Maps;
using Vm.Programs;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;

namespace Vm.Syscall;

/// <summary>BPF_PROG_LOAD: instructions checked in the kernel's order, verified, compiled, and given a descriptor.</summary>
/// <remarks>
/// What is not simulated is refused (EINVAL) with a line of ours in the log. Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_load;
/// kernel/bpf/verifier.c, bpf_check.
/// </remarks>
internal static class ProgLoading
{
    private const int MostLicense = 127;
    private const uint LogLevels = 7;
    private const string Lacking = "not simulated: ";

    public static int Load(Call call)
    {
        var errno = ProgLoadRules.Check(call);
        if (errno != Errno.None) return Call.Fail(errno);
        var insns = new RawInsn[call.U32(ProgAttributes.InsnCount)];
        if (!call.Memory.TryRead(call.U64(ProgAttributes.Insns), MemoryMarshal.AsBytes(insns.AsSpan())) || !TryLicense(call, out string license)) return Call.Fail(Errno.EFAULT);
        errno = ProgLoadRules.DeviceBound(call);
        if (errno != Errno.None) return Call.Fail(errno);
        if (call.Syscalls.Settings.Load.Kinds((ProgramType)call.U32(ProgAttributes.Type)) is not { } kind) return Call.Fail(Errno.EINVAL);
        if (!MapCreation.TryName(call.Attributes.Slice(ProgAttributes.Name, BpfKernel.MostNameCharacters + 1), out string name)) return Call.Fail(Errno.EINVAL);
        // The verifier here is that of privileged callers.
        if (!call.Capable(Capabilities.Bpf)) return Call.Fail(Errno.EPERM);
        if (!CallLog.TryOpen(call.U32(ProgAttributes.LogLevel), call.U64(ProgAttributes.LogBuffer), call.U32(ProgAttributes.LogSize), out var log)) return Call.Fail(Errno.EINVAL);

        errno = Make(call, new Wanted(insns, license, name, kind, log.Level), out var made, out string text);
        var logged = log.Finish(call.Memory, text, out uint trueSize);
        if (logged != Errno.None) errno = logged;
        if (call.Size >= ProgAttributes.LogTrueSize + sizeof(uint) && !call.TryPut(ProgAttributes.LogTrueSize, trueSize)) errno = Errno.EFAULT;
        if (errno == Errno.None) return call.Caller.Files.Open(made!);
        made?.LetGo();
        return Call.Fail(errno);
    }

    private static Errno Make(Call call, Wanted wanted, out BpfProg? made, out string log)
    {
        made = null;
        var records = new ProgRecords(call);
        var references = new ProgReferences(call);
        try
        {
            var given = wanted.Insns;
            var placed = (RawInsn[])given.Clone();
            if ((records.ReadFunctions() ?? references.PlaceCalls(placed)) is { } early) return Refuse(early, out log);
            var decoded = Isa.Decoder.Decode(placed);
            var program = Link(call, wanted, records, placed);
            LinkRefusal? unplaced = null;
            // A program without shape is the verifier's to refuse, as its calls and jumps come before everything else.
            if (ProgramVerifier.TryExceptionCallback(program, out int callback) && ControlFlow.TryBuild(decoded.Insns, _ => CallTraits.None, callback, out var flow, out _))
            {
                int[] starts = [.. flow.Subprograms.Select(one => one.Start)];
                if (records.Finish(given, starts) is { } wrong) return Refuse(wrong, out log);
                if (records.Btf is not null) CopyFitted(given, placed);
                unplaced = references.PlaceConstants(placed, decoded.LoadError?.Pc ?? placed.Length) ?? Sleeping(call, wanted);
            }
            program = program with
            {
                Spec = program.Spec with { Lines = records.LineInfos() },
                Maps = [.. references.Maps.Select(Known)],
                Kfuncs = references.Kfuncs,
                KernelSymbols = references.Symbols,
                Unplaced = unplaced,
            };
            return Verify(call, wanted, program, records, references, out made, out log);
        }
        finally
        {
            references.Release();
            records.Btf?.Release();
        }
    }

    private static LinkedProgram Link(Call call, Wanted wanted, ProgRecords records, RawInsn[] placed)
    {
        var type = wanted.Kind.Type;
        return new LinkedProgram
        {
            Spec = new ProgramSpec
            {
                Name = wanted.Name,
                Section = "",
                Type = type,
                LoadFlags = call.U32(ProgAttributes.Flags),
                Insns = wanted.Insns,
                Functions = records.FunctionInfos(wanted.Name),
            },
            ObjectName = "bpf(2)",
            License = wanted.License,
            Type = type,
            AttachType = ProgLoadRules.AttachTypeOf(type, (AttachType)call.U32(ProgAttributes.AttachType)),
            Insns = placed,
            Maps = [],
            Btf = records.Btf?.Spec,
        };
    }

    private static Errno Verify(Call call, Wanted wanted, LinkedProgram program, ProgRecords records, ProgReferences references, out BpfProg? made, out string log)
    {
        made = null;
        var flags = (ProgFlags)call.U32(ProgAttributes.Flags);
        var options = call.Syscalls.Settings.Load;
        var verdict = ProgramVerifier.Verify(program, wanted.Kind, options.Verifier with
        {
            Log = (LogLevels)(wanted.LogLevel & LogLevels),
            StrictAlignment = (flags & ProgFlags.StrictAlignment) != 0 && (flags & ProgFlags.AnyAlignment) == 0,
            StateAtEveryPoint = (flags & ProgFlags.StateFrequency) != 0,
            CheckInvariants = (flags & ProgFlags.RegisterInvariants) != 0,
            HidesAddresses = options.Verifier.HidesAddresses || !call.Capable(Capabilities.Perfmon),
        });
        log = verdict.Log;
        switch (verdict)
        {
            case VerifierResult.Rejected no:
                return no.Errno;
            case VerifierResult.Unsupported lacks:
                log += $"{Lacking}{lacks.What}\n";
                return Errno.EINVAL;
        }
        try
        {
            made = ProgramLoader.Load(((VerifierResult.Accepted)verdict).Program, options, new LoadedAs
            {
                Name = wanted.Name,
                Insns = wanted.Insns,
                Maps = references.Maps,
                Btf = records.Btf,
                FuncInfo = records.Functions,
                LineInfo = records.Lines,
                Uid = call.Caller.Uid,
            });
            return Errno.None;
        }
        catch (MapSpecException other)
        {
            log += other.What + "\n";
            return other.Errno;
        }
        catch (EngineRefusedException lacks)
        {
            log += $"{Lacking}{lacks.What}\n";
            return Errno.EINVAL;
        }
    }

    /// <summary>What the verifier may know of a map: the contents of one that neither programs nor user space can change any more.</summary>
    /// <remarks>Source: Linux 6.12 include/linux/bpf.h, bpf_map_is_rdonly; kernel/bpf/verifier.c, bpf_map_direct_read.</remarks>
    private static MapSpec Known(BpfMap map)
    {
        bool constant = map.Frozen && (map.Spec.Flags & MapFlags.RdOnlyProg) != 0 && map.Spec is { Type: MapType.Array, MaxEntries: 1 };
        if (!constant) return map.Spec with { Frozen = false, Contents = null };
        var contents = new byte[map.Memory.UserValueBytes];
        map.Memory.Lookup(stackalloc byte[sizeof(uint)], contents);
        return map.Spec with { Frozen = true, Contents = contents };
    }

    // Source: Linux 6.12 kernel/bpf/verifier.c, check_attach_btf_id, can_be_sleepable: of the types there are here only SYSCALL programs sleep, and they always may.
    private static LinkRefusal? Sleeping(Call call, in Wanted wanted)
    {
        bool asked = ((ProgFlags)call.U32(ProgAttributes.Flags) & ProgFlags.Sleepable) != 0;
        if (asked == wanted.Kind.Sleepable) return null;
        return new LinkRefusal(wanted.Insns.Length, Errno.EINVAL, $"programs of type {wanted.Kind.Type} {(asked ? "cannot" : "must")} be sleepable");
    }

    // CO-RE changes numbers of instructions, and neither calls nor map constants.
    private static void CopyFitted(RawInsn[] given, RawInsn[] placed)
    {
        const byte call = 0x85;
        const int kernelCall = 2;
        for (int slot = 0; slot < given.Length; slot++)
            if (given[slot] is not { Code: call, Src: kernelCall }) placed[slot] = given[slot];
    }

    private static Errno Refuse(LoadRefusal refused, out string log)
    {
        log = refused.Message + "\n";
        return refused.Errno;
    }

    private static bool TryLicense(Call call, out string license)
    {
        Span<byte> text = stackalloc byte[MostLicense];
        int length = 0;
        // Byte by byte: what lies behind the NUL need not be there.
        while (length < text.Length)
        {
            if (!call.Memory.TryRead(call.U64(ProgAttributes.License) + (ulong)length, text.Slice(length, 1)))
            {
                license = "";
                return false;
            }
            if (text[length] == 0) break;
            length++;
        }
        license = Encoding.ASCII.GetString(text[..length]);
        return true;
    }

    /// <summary>What is to be loaded.</summary>
    private readonly record struct Wanted(RawInsn[] Insns, string License, string Name, ProgramKind Kind, uint LogLevel);
}
