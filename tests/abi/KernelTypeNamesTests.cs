using Vm.Abi;

namespace Tests.Abi;

public class KernelTypeNamesTests
{
    // Linux 6.12 include/uapi/linux/bpf.h, in order of the numbers.
    private const string Programs = "UNSPEC SOCKET_FILTER KPROBE SCHED_CLS SCHED_ACT TRACEPOINT XDP PERF_EVENT CGROUP_SKB CGROUP_SOCK LWT_IN LWT_OUT LWT_XMIT SOCK_OPS SK_SKB CGROUP_DEVICE SK_MSG RAW_TRACEPOINT CGROUP_SOCK_ADDR LWT_SEG6LOCAL LIRC_MODE2 SK_REUSEPORT FLOW_DISSECTOR CGROUP_SYSCTL RAW_TRACEPOINT_WRITABLE CGROUP_SOCKOPT TRACING STRUCT_OPS EXT LSM SK_LOOKUP SYSCALL NETFILTER";

    private const string Maps = "UNSPEC HASH ARRAY PROG_ARRAY PERF_EVENT_ARRAY PERCPU_HASH PERCPU_ARRAY STACK_TRACE CGROUP_ARRAY LRU_HASH LRU_PERCPU_HASH LPM_TRIE ARRAY_OF_MAPS HASH_OF_MAPS DEVMAP SOCKMAP CPUMAP XSKMAP SOCKHASH CGROUP_STORAGE REUSEPORT_SOCKARRAY PERCPU_CGROUP_STORAGE QUEUE STACK SK_STORAGE DEVMAP_HASH STRUCT_OPS RINGBUF INODE_STORAGE TASK_STORAGE BLOOM_FILTER USER_RINGBUF CGRP_STORAGE ARENA";

    [Fact]
    public void ProgramTypes_AreTheKernels() => Assert.Equal(Programs.Split(' '), Enum.GetValues<ProgramType>().Select(type => type.KernelName()["BPF_PROG_TYPE_".Length..]));

    [Fact]
    public void MapTypes_AreTheKernels() => Assert.Equal(Maps.Split(' '), Enum.GetValues<MapType>().Select(type => type.KernelName()["BPF_MAP_TYPE_".Length..]));

    [Fact]
    public void ShortNames_AreBpftools() => Assert.Equal(("sched_cls", "lru_percpu_hash"), (ProgramType.SchedCls.ShortName(), MapType.LruPerCpuHash.ShortName()));
}
