using System.Buffers.Binary;
using Sim.Live;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;

namespace Sim.Compare;

/// <summary>The objects of a scenario in the live kernel, with globals, map contents and setup programs as the simulator has them.</summary>
internal sealed class KernelScenario : IDisposable
{
    private readonly Testbed _testbed;
    private readonly Dictionary<BpfObject, KernelObject> _objects = [];
    private readonly Dictionary<string, KernelMap> _pins = [];

    /// <summary>Loads the objects.</summary>
    /// <param name="testbed">The scenario, built in the simulator.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses one.</exception>
    public KernelScenario(Testbed testbed)
    {
        _testbed = testbed;
        try
        {
            foreach (var loaded in testbed.Objects.Values) _objects.Add(loaded, new KernelObject(loaded.Spec, pins: _pins));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The kernel's object for each of the simulator's.</summary>
    public IReadOnlyDictionary<BpfObject, KernelObject> Objects => _objects;

    /// <summary>The kernel's program for one of the simulator's, loaded at first use.</summary>
    public KernelProgram Program(BpfProgram program) => Owner(program).Program(program.Name);

    /// <summary>Puts in what the scenario says maps hold. Device maps look for devices in the calling thread's namespace.</summary>
    /// <param name="deviceNumber">Interface number for an entry that names a device.</param>
    public void Fill(Func<Map, MapEntry, int> deviceNumber)
    {
        foreach (var contents in _testbed.Scenario.Maps)
        {
            var (owner, map) = _testbed.Map(contents.Map, contents.Where);
            foreach (var entry in contents.Entries) Put(owner, map, entry, deviceNumber);
        }
    }

    /// <summary>Reads what programs write into perf event arrays on a CPU.</summary>
    public void ListenOn(int cpu)
    {
        foreach (var loaded in _objects.Values) loaded.ListenOn(cpu);
    }

    /// <summary>Runs the setup programs once.</summary>
    public void RunSetup(KernelBench bench)
    {
        foreach (var setup in _testbed.Scenario.Setup)
        {
            var program = _testbed.Program(setup.Program, setup.Where);
            byte[] context = [.. setup.Context];
            var run = bench.RunSyscall(Program(program), context);
            if (run.Errno != Errno.None || (int)run.Retval != setup.Returns)
                throw new KernelRefusedException(_testbed.Scenario.File, setup.Where, $"setup program '{setup.Program}' in the kernel: {run.Errno}, returned {(int)run.Retval}, not {setup.Returns}", run.Errno);
        }
    }

    /// <summary>Sets the clock all programs see to that of a simulated CPU.</summary>
    public void SetClock(ExecContext x)
    {
        foreach (var loaded in _objects.Values) loaded.SetClock(x);
    }

    /// <summary>Compares what all maps hold.</summary>
    /// <param name="into">Gets the differences.</param>
    /// <param name="sameDevices">True when both sides have devices of the same numbers.</param>
    /// <param name="kernelCpu">The processor all programs ran on there, where ours ran on CPU 0 alone; null when they ran on several.</param>
    public void CompareMaps(Comparison into, bool sameDevices, int? kernelCpu = null)
    {
        foreach (var (ours, theirs) in _objects)
        {
            foreach (var (name, map) in ours.Maps) MapComparison.Compare(map, theirs.Maps[name], into, sameDevices, kernelCpu, theirs.Events.GetValueOrDefault(name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loaded in _objects.Values) loaded.Dispose();
    }

    private KernelObject Owner(BpfProgram program) =>
        _objects.Single(pair => pair.Key.TryProgram(program.Name, out var own) && ReferenceEquals(own, program)).Value;

    private void Put(BpfObject owner, Map map, MapEntry entry, Func<Map, MapEntry, int> deviceNumber)
    {
        string file = _testbed.Scenario.File;
        var theirs = _objects[owner].Maps[map.Name];
        byte[] key = MapEntries.Key(map, entry, file);
        Errno errno;
        if (entry.Target is not { } target)
        {
            errno = theirs.Update(key, ForKernel(theirs, MapEntries.Value(map, entry.Value!, file)));
        }
        else if (map is ProgArrayMap)
        {
            errno = theirs.Set(key, Program(_testbed.Program(target, entry.Where)).Number);
        }
        else if (map is MapOfMaps)
        {
            errno = theirs.Set(key, _objects[owner].Maps[target].Number);
        }
        else
        {
            var value = new byte[theirs.UserValueBytes];
            BinaryPrimitives.WriteInt32LittleEndian(value, deviceNumber(map, entry));
            errno = theirs.Update(key, value);
        }
        if (errno != Errno.None) throw new KernelRefusedException(file, entry.Where, $"the kernel's map '{map.Name}' refuses the entry ({errno})", errno);
    }

    private static byte[] ForKernel(KernelMap theirs, byte[] value)
    {
        if (!theirs.IsPerCpu) return value;
        var all = new byte[theirs.UserValueBytes];
        value.AsSpan(0, Math.Min(value.Length, all.Length)).CopyTo(all);
        return all;
    }
}
