/* XDP programs for devices, in one buffer and in several, and for the entries of device and CPU maps. */
#include "bpf.h"

struct xdp_md {
	__u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

SEC("xdp") int whole(struct xdp_md *ctx) { return 2; }
SEC("xdp.frags") int parts(struct xdp_md *ctx) { return 2; }
SEC("xdp/devmap") int leaving(struct xdp_md *ctx) { return ctx->egress_ifindex == 2 ? 1 : 2; }
SEC("xdp/cpumap") int moved(struct xdp_md *ctx) { return 2; }
/* Only an entry of a device map knows where the frame will leave. */
SEC("xdp") int curious(struct xdp_md *ctx) { return ctx->egress_ifindex == 2 ? 1 : 2; }
SEC("xdp/cpumap") int curious_cpu(struct xdp_md *ctx) { return ctx->egress_ifindex == 2 ? 1 : 2; }

char _license[] SEC("license") = "GPL";
