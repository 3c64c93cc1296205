namespace Vm.Btf;

/// <summary>Layouts of the types a datapath program meets, as text: the data behind <see cref="KernelTypes"/>.</summary>
/// <remarks>
/// One struct, union or enum per heading: <c>struct name bytes</c>, then <c>member:type@byte[.bit][/width];</c>.
/// Members of anonymous structs are listed with their outer one, since CO-RE looks through those. <c>@1</c> names a type
/// without a name, <c>*x</c> is a pointer, <c>u16</c> and the like are integers, <c>opaque8</c> is 8 bytes nobody names.
/// The uapi layouts (__sk_buff, xdp_md, headers, helper parameters) are Linux 6.12's. The internal ones (sk_buff,
/// net_device, net, sock) depend on the build; these were read from a 6.18 x86-64 build, corrected where the 6.12 source
/// plainly differs (tcphdr.res1, ns_common). For a real kernel give its own BTF.
/// Source: Linux 6.12 include/uapi/linux/bpf.h, include/linux/skbuff.h, netdevice.h, include/net/sock.h.
/// </remarks>
internal static class KernelTypeTable
{
    public const string Text = """
    struct __sk_buff 192
        len:u32@0; pkt_type:u32@4; mark:u32@8; queue_mapping:u32@12; protocol:u32@16; vlan_present:u32@20; vlan_tci:u32@24;
        vlan_proto:u32@28; priority:u32@32; ingress_ifindex:u32@36; ifindex:u32@40; tc_index:u32@44; cb:u32[5]@48; hash:u32@68;
        tc_classid:u32@72; data:u32@76; data_end:u32@80; napi_id:u32@84; family:u32@88; remote_ip4:u32@92; local_ip4:u32@96;
        remote_ip6:u32[4]@100; local_ip6:u32[4]@116; remote_port:u32@132; local_port:u32@136; data_meta:u32@140;
        flow_keys:*bpf_flow_keys@144; tstamp:u64@152; wire_len:u32@160; gso_segs:u32@164; sk:*bpf_sock@168; gso_size:u32@176;
        tstamp_type:u8@180; hwtstamp:u64@184;
    struct xdp_md 24
        data:u32@0; data_end:u32@4; data_meta:u32@8; ingress_ifindex:u32@12; rx_queue_index:u32@16; egress_ifindex:u32@20;
    struct ethhdr 14
        h_dest:u8[6]@0; h_source:u8[6]@6; h_proto:u16@12;
    struct @1 8
        saddr:u32@0; daddr:u32@4;
    struct iphdr 20
        ihl:u8@0/4; version:u8@0.4/4; tos:u8@1; tot_len:u16@2; id:u16@4; frag_off:u16@6; ttl:u8@8; protocol:u8@9; check:u16@10;
        saddr:u32@12; addrs:@1@12; daddr:u32@16;
    union @2 16
        u6_addr8:u8[16]@0; u6_addr16:u16[8]@0; u6_addr32:u32[4]@0;
    struct in6_addr 16
        in6_u:@2@0;
    struct @3 32
        saddr:in6_addr@0; daddr:in6_addr@16;
    struct ipv6hdr 40
        priority:u8@0/4; version:u8@0.4/4; flow_lbl:u8[3]@1; payload_len:u16@4; nexthdr:u8@6; hop_limit:u8@7; saddr:in6_addr@8;
        addrs:@3@8; daddr:in6_addr@24;
    struct tcphdr 20
        source:u16@0; dest:u16@2; seq:u32@4; ack_seq:u32@8; res1:u16@12/4; doff:u16@12.4/4; fin:u16@13/1;
        syn:u16@13.1/1; rst:u16@13.2/1; psh:u16@13.3/1; ack:u16@13.4/1; urg:u16@13.5/1; ece:u16@13.6/1; cwr:u16@13.7/1;
        window:u16@14; check:u16@16; urg_ptr:u16@18;
    struct udphdr 8
        source:u16@0; dest:u16@2; len:u16@4; check:u16@6;
    struct @5 4
        id:u16@0; sequence:u16@2;
    struct @6 4
        __unused:u16@0; mtu:u16@2;
    union @4 4
        echo:@5@0; gateway:u32@0; frag:@6@0; reserved:u8[4]@0;
    struct icmphdr 8
        type:u8@0; code:u8@1; checksum:u16@2; un:@4@4;
    struct arphdr 8
        ar_hrd:u16@0; ar_pro:u16@2; ar_hln:u8@4; ar_pln:u8@5; ar_op:u16@6;
    struct vlan_hdr 4
        h_vlan_TCI:u16@0; h_vlan_encapsulated_proto:u16@2;
    struct in_addr 4
        s_addr:u32@0;
    struct bpf_sock 80
        bound_dev_if:u32@0; family:u32@4; type:u32@8; protocol:u32@12; mark:u32@16; priority:u32@20; src_ip4:u32@24;
        src_ip6:u32[4]@28; src_port:u32@44; dst_port:u16@48; dst_ip4:u32@52; dst_ip6:u32[4]@56; state:u32@72;
        rx_queue_mapping:s32@76;
    struct @7 12
        saddr:u32@0; daddr:u32@4; sport:u16@8; dport:u16@10;
    struct @8 36
        saddr:u32[4]@0; daddr:u32[4]@16; sport:u16@32; dport:u16@34;
    struct bpf_sock_tuple 36
        ipv4:@7@0; ipv6:@8@0;
    struct bpf_tcp_sock 112
        snd_cwnd:u32@0; srtt_us:u32@4; rtt_min:u32@8; snd_ssthresh:u32@12; rcv_nxt:u32@16; snd_nxt:u32@20; snd_una:u32@24;
        mss_cache:u32@28; ecn_flags:u32@32; rate_delivered:u32@36; rate_interval_us:u32@40; packets_out:u32@44;
        retrans_out:u32@48; total_retrans:u32@52; segs_in:u32@56; data_segs_in:u32@60; segs_out:u32@64; data_segs_out:u32@68;
        lost_out:u32@72; sacked_out:u32@76; bytes_received:u64@80; bytes_acked:u64@88; dsack_dups:u32@96; delivered:u32@100;
        delivered_ce:u32@104; icsk_retransmits:u32@108;
    struct bpf_fib_lookup 64
        family:u8@0; l4_protocol:u8@1; sport:u16@2; dport:u16@4; tot_len:u16@6; mtu_result:u16@6; ifindex:u32@8; tos:u8@12;
        flowinfo:u32@12; rt_metric:u32@12; ipv4_src:u32@16; ipv6_src:u32[4]@16; ipv4_dst:u32@32; ipv6_dst:u32[4]@32;
        h_vlan_proto:u16@48; tbid:u32@48; h_vlan_TCI:u16@50; mark:u32@52; smac:u8[6]@52; dmac:u8[6]@58;
    struct bpf_redir_neigh 20
        nh_family:u32@0; ipv4_nh:u32@4; ipv6_nh:u32[4]@4;
    struct bpf_tunnel_key 44
        tunnel_id:u32@0; remote_ipv4:u32@4; remote_ipv6:u32[4]@4; tunnel_tos:u8@20; tunnel_ttl:u8@21; tunnel_ext:u16@22;
        tunnel_flags:u16@22; tunnel_label:u32@24; local_ipv4:u32@28; local_ipv6:u32[4]@28;
    struct bpf_xfrm_state 28
        reqid:u32@0; spi:u32@4; family:u16@8; ext:u16@10; remote_ipv4:u32@12; remote_ipv6:u32[4]@12;
    struct bpf_flow_keys 56
        nhoff:u16@0; thoff:u16@2; addr_proto:u16@4; is_frag:u8@6; is_first_frag:u8@7; is_encap:u8@8; ip_proto:u8@9;
        n_proto:u16@10; sport:u16@12; dport:u16@14; ipv4_src:u32@16; ipv6_src:u32[4]@16; ipv4_dst:u32@20; ipv6_dst:u32[4]@32;
        flags:u32@48; flow_label:u32@52;
    struct bpf_spin_lock 4
        val:u32@0;
    struct bpf_timer 16
        __opaque:u64[2]@0;
    struct bpf_dynptr 16
        __opaque:u64[2]@0;
    struct bpf_wq 16
        __opaque:u64[2]@0;
    struct bpf_list_head 16
        __opaque:u64[2]@0;
    struct bpf_list_node 24
        __opaque:u64[3]@0;
    struct bpf_rb_root 16
        __opaque:u64[2]@0;
    struct bpf_rb_node 32
        __opaque:u64[4]@0;
    struct bpf_refcount 4
        __opaque:u32[1]@0;
    struct bpf_iter_num 8
        __opaque:u64[1]@0;
    struct bpf_crypto_params 408
        type:char[14]@0; reserved:u8[2]@14; algo:char[128]@16; key:u8[256]@144; key_len:u32@400; authsize:u32@404;
    struct sk_buff 224
        next:*sk_buff@0; prev:*sk_buff@8; dev:*net_device@16; sk:*sock@24; tstamp:s64@32; cb:char[48]@40; len:u32@112;
        data_len:u32@116; mac_len:u16@120; hdr_len:u16@122; queue_mapping:u16@124; cloned:u8@126/1; pkt_type:u8@128/3;
        ip_summed:u8@128.5/2; encapsulation:u8@130.4/1; csum:u32@136; csum_start:u16@136; csum_offset:u16@138; priority:u32@140;
        skb_iif:s32@144; hash:u32@148; vlan_all:u32@152; vlan_proto:u16@152; vlan_tci:u16@154; napi_id:u32@156; mark:u32@164;
        inner_protocol:u16@168; inner_transport_header:u16@170; inner_network_header:u16@172; inner_mac_header:u16@174;
        protocol:u16@176; transport_header:u16@178; network_header:u16@180; mac_header:u16@182; tail:u32@184; end:u32@188;
        head:*void@192; data:*void@200; truesize:u32@208;
    struct @9 8
        net:*net@0;
    struct net_device 2496
        mtu:u32@56; flags:u32@176; hard_header_len:u16@180; ifindex:s32@224; nd_net:@9@264; name:char[16]@280; type:u16@536;
        addr_len:u8@808; dev_addr:*void@968; num_rx_queues:u32@976; num_tx_queues:u32@1056;
    struct ns_common 24
        inum:u32@16;
    struct net 4288
        ifindex:u32@12; ns:ns_common@152; net_cookie:u64@4160;
    struct xdp_buff 56
        data:*void@0; data_end:*void@8; data_meta:*void@16; data_hard_start:*void@24; rxq:*xdp_rxq_info@32; frame_sz:u32@48;
        flags:u32@52;
    struct xdp_rxq_info 64
        dev:*net_device@0; queue_index:u32@8;
    struct @10 8
        net:*net@0;
    struct @11 8
        counter:s64@0;
    struct sock_common 136
        skc_daddr:u32@0; skc_rcv_saddr:u32@4; skc_hash:u32@8; skc_dport:u16@12; skc_num:u16@14; skc_family:u16@16;
        skc_state:u8@18; skc_bound_dev_if:s32@20; skc_net:@10@48; skc_v6_daddr:in6_addr@56; skc_v6_rcv_saddr:in6_addr@72;
        skc_cookie:@11@88;
    struct sock 784
        __sk_common:sock_common@0; sk_napi_id:u32@236; sk_rcvbuf:s32@244; sk_priority:u32@520; sk_mark:u32@524;
        sk_protocol:u16@532; sk_type:u16@534; sk_sndbuf:s32@568;
    struct inet_sock 1016
        sk:sock@0; inet_saddr:u32@808; inet_sport:u16@814;
    enum bpf_map_type u32
        BPF_MAP_TYPE_UNSPEC=0; BPF_MAP_TYPE_HASH=1; BPF_MAP_TYPE_ARRAY=2; BPF_MAP_TYPE_PROG_ARRAY=3;
        BPF_MAP_TYPE_PERF_EVENT_ARRAY=4; BPF_MAP_TYPE_PERCPU_HASH=5; BPF_MAP_TYPE_PERCPU_ARRAY=6; BPF_MAP_TYPE_STACK_TRACE=7;
        BPF_MAP_TYPE_CGROUP_ARRAY=8; BPF_MAP_TYPE_LRU_HASH=9; BPF_MAP_TYPE_LRU_PERCPU_HASH=10; BPF_MAP_TYPE_LPM_TRIE=11;
        BPF_MAP_TYPE_ARRAY_OF_MAPS=12; BPF_MAP_TYPE_HASH_OF_MAPS=13; BPF_MAP_TYPE_DEVMAP=14; BPF_MAP_TYPE_SOCKMAP=15;
        BPF_MAP_TYPE_CPUMAP=16; BPF_MAP_TYPE_XSKMAP=17; BPF_MAP_TYPE_SOCKHASH=18; BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED=19;
        BPF_MAP_TYPE_CGROUP_STORAGE=19; BPF_MAP_TYPE_REUSEPORT_SOCKARRAY=20; BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED=21;
        BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE=21; BPF_MAP_TYPE_QUEUE=22; BPF_MAP_TYPE_STACK=23; BPF_MAP_TYPE_SK_STORAGE=24;
        BPF_MAP_TYPE_DEVMAP_HASH=25; BPF_MAP_TYPE_STRUCT_OPS=26; BPF_MAP_TYPE_RINGBUF=27; BPF_MAP_TYPE_INODE_STORAGE=28;
        BPF_MAP_TYPE_TASK_STORAGE=29; BPF_MAP_TYPE_BLOOM_FILTER=30; BPF_MAP_TYPE_USER_RINGBUF=31; BPF_MAP_TYPE_CGRP_STORAGE=32;
        BPF_MAP_TYPE_ARENA=33; __MAX_BPF_MAP_TYPE=34;
    enum xdp_action u32
        XDP_ABORTED=0; XDP_DROP=1; XDP_PASS=2; XDP_TX=3; XDP_REDIRECT=4;
    enum tcx_action_base s32
        TCX_NEXT=-1; TCX_PASS=0; TCX_DROP=2; TCX_REDIRECT=7;
    enum bpf_func_id u32
        BPF_FUNC_unspec=0; BPF_FUNC_map_lookup_elem=1; BPF_FUNC_map_update_elem=2; BPF_FUNC_map_delete_elem=3;
        BPF_FUNC_probe_read=4; BPF_FUNC_ktime_get_ns=5; BPF_FUNC_trace_printk=6; BPF_FUNC_get_prandom_u32=7;
        BPF_FUNC_get_smp_processor_id=8; BPF_FUNC_skb_store_bytes=9; BPF_FUNC_l3_csum_replace=10; BPF_FUNC_l4_csum_replace=11;
        BPF_FUNC_tail_call=12; BPF_FUNC_clone_redirect=13; BPF_FUNC_get_current_pid_tgid=14; BPF_FUNC_get_current_uid_gid=15;
        BPF_FUNC_get_current_comm=16; BPF_FUNC_get_cgroup_classid=17; BPF_FUNC_skb_vlan_push=18; BPF_FUNC_skb_vlan_pop=19;
        BPF_FUNC_skb_get_tunnel_key=20; BPF_FUNC_skb_set_tunnel_key=21; BPF_FUNC_perf_event_read=22; BPF_FUNC_redirect=23;
        BPF_FUNC_get_route_realm=24; BPF_FUNC_perf_event_output=25; BPF_FUNC_skb_load_bytes=26; BPF_FUNC_get_stackid=27;
        BPF_FUNC_csum_diff=28; BPF_FUNC_skb_get_tunnel_opt=29; BPF_FUNC_skb_set_tunnel_opt=30; BPF_FUNC_skb_change_proto=31;
        BPF_FUNC_skb_change_type=32; BPF_FUNC_skb_under_cgroup=33; BPF_FUNC_get_hash_recalc=34; BPF_FUNC_get_current_task=35;
        BPF_FUNC_probe_write_user=36; BPF_FUNC_current_task_under_cgroup=37; BPF_FUNC_skb_change_tail=38;
        BPF_FUNC_skb_pull_data=39; BPF_FUNC_csum_update=40; BPF_FUNC_set_hash_invalid=41; BPF_FUNC_get_numa_node_id=42;
        BPF_FUNC_skb_change_head=43; BPF_FUNC_xdp_adjust_head=44; BPF_FUNC_probe_read_str=45; BPF_FUNC_get_socket_cookie=46;
        BPF_FUNC_get_socket_uid=47; BPF_FUNC_set_hash=48; BPF_FUNC_setsockopt=49; BPF_FUNC_skb_adjust_room=50;
        BPF_FUNC_redirect_map=51; BPF_FUNC_sk_redirect_map=52; BPF_FUNC_sock_map_update=53; BPF_FUNC_xdp_adjust_meta=54;
        BPF_FUNC_perf_event_read_value=55; BPF_FUNC_perf_prog_read_value=56; BPF_FUNC_getsockopt=57; BPF_FUNC_override_return=58;
        BPF_FUNC_sock_ops_cb_flags_set=59; BPF_FUNC_msg_redirect_map=60; BPF_FUNC_msg_apply_bytes=61; BPF_FUNC_msg_cork_bytes=62;
        BPF_FUNC_msg_pull_data=63; BPF_FUNC_bind=64; BPF_FUNC_xdp_adjust_tail=65; BPF_FUNC_skb_get_xfrm_state=66;
        BPF_FUNC_get_stack=67; BPF_FUNC_skb_load_bytes_relative=68; BPF_FUNC_fib_lookup=69; BPF_FUNC_sock_hash_update=70;
        BPF_FUNC_msg_redirect_hash=71; BPF_FUNC_sk_redirect_hash=72; BPF_FUNC_lwt_push_encap=73;
        BPF_FUNC_lwt_seg6_store_bytes=74; BPF_FUNC_lwt_seg6_adjust_srh=75; BPF_FUNC_lwt_seg6_action=76; BPF_FUNC_rc_repeat=77;
        BPF_FUNC_rc_keydown=78; BPF_FUNC_skb_cgroup_id=79; BPF_FUNC_get_current_cgroup_id=80; BPF_FUNC_get_local_storage=81;
        BPF_FUNC_sk_select_reuseport=82; BPF_FUNC_skb_ancestor_cgroup_id=83; BPF_FUNC_sk_lookup_tcp=84;
        BPF_FUNC_sk_lookup_udp=85; BPF_FUNC_sk_release=86; BPF_FUNC_map_push_elem=87; BPF_FUNC_map_pop_elem=88;
        BPF_FUNC_map_peek_elem=89; BPF_FUNC_msg_push_data=90; BPF_FUNC_msg_pop_data=91; BPF_FUNC_rc_pointer_rel=92;
        BPF_FUNC_spin_lock=93; BPF_FUNC_spin_unlock=94; BPF_FUNC_sk_fullsock=95; BPF_FUNC_tcp_sock=96;
        BPF_FUNC_skb_ecn_set_ce=97; BPF_FUNC_get_listener_sock=98; BPF_FUNC_skc_lookup_tcp=99; BPF_FUNC_tcp_check_syncookie=100;
        BPF_FUNC_sysctl_get_name=101; BPF_FUNC_sysctl_get_current_value=102; BPF_FUNC_sysctl_get_new_value=103;
        BPF_FUNC_sysctl_set_new_value=104; BPF_FUNC_strtol=105; BPF_FUNC_strtoul=106; BPF_FUNC_sk_storage_get=107;
        BPF_FUNC_sk_storage_delete=108; BPF_FUNC_send_signal=109; BPF_FUNC_tcp_gen_syncookie=110; BPF_FUNC_skb_output=111;
        BPF_FUNC_probe_read_user=112; BPF_FUNC_probe_read_kernel=113; BPF_FUNC_probe_read_user_str=114;
        BPF_FUNC_probe_read_kernel_str=115; BPF_FUNC_tcp_send_ack=116; BPF_FUNC_send_signal_thread=117; BPF_FUNC_jiffies64=118;
        BPF_FUNC_read_branch_records=119; BPF_FUNC_get_ns_current_pid_tgid=120; BPF_FUNC_xdp_output=121;
        BPF_FUNC_get_netns_cookie=122; BPF_FUNC_get_current_ancestor_cgroup_id=123; BPF_FUNC_sk_assign=124;
        BPF_FUNC_ktime_get_boot_ns=125; BPF_FUNC_seq_printf=126; BPF_FUNC_seq_write=127; BPF_FUNC_sk_cgroup_id=128;
        BPF_FUNC_sk_ancestor_cgroup_id=129; BPF_FUNC_ringbuf_output=130; BPF_FUNC_ringbuf_reserve=131;
        BPF_FUNC_ringbuf_submit=132; BPF_FUNC_ringbuf_discard=133; BPF_FUNC_ringbuf_query=134; BPF_FUNC_csum_level=135;
        BPF_FUNC_skc_to_tcp6_sock=136; BPF_FUNC_skc_to_tcp_sock=137; BPF_FUNC_skc_to_tcp_timewait_sock=138;
        BPF_FUNC_skc_to_tcp_request_sock=139; BPF_FUNC_skc_to_udp6_sock=140; BPF_FUNC_get_task_stack=141;
        BPF_FUNC_load_hdr_opt=142; BPF_FUNC_store_hdr_opt=143; BPF_FUNC_reserve_hdr_opt=144; BPF_FUNC_inode_storage_get=145;
        BPF_FUNC_inode_storage_delete=146; BPF_FUNC_d_path=147; BPF_FUNC_copy_from_user=148; BPF_FUNC_snprintf_btf=149;
        BPF_FUNC_seq_printf_btf=150; BPF_FUNC_skb_cgroup_classid=151; BPF_FUNC_redirect_neigh=152; BPF_FUNC_per_cpu_ptr=153;
        BPF_FUNC_this_cpu_ptr=154; BPF_FUNC_redirect_peer=155; BPF_FUNC_task_storage_get=156; BPF_FUNC_task_storage_delete=157;
        BPF_FUNC_get_current_task_btf=158; BPF_FUNC_bprm_opts_set=159; BPF_FUNC_ktime_get_coarse_ns=160;
        BPF_FUNC_ima_inode_hash=161; BPF_FUNC_sock_from_file=162; BPF_FUNC_check_mtu=163; BPF_FUNC_for_each_map_elem=164;
        BPF_FUNC_snprintf=165; BPF_FUNC_sys_bpf=166; BPF_FUNC_btf_find_by_name_kind=167; BPF_FUNC_sys_close=168;
        BPF_FUNC_timer_init=169; BPF_FUNC_timer_set_callback=170; BPF_FUNC_timer_start=171; BPF_FUNC_timer_cancel=172;
        BPF_FUNC_get_func_ip=173; BPF_FUNC_get_attach_cookie=174; BPF_FUNC_task_pt_regs=175; BPF_FUNC_get_branch_snapshot=176;
        BPF_FUNC_trace_vprintk=177; BPF_FUNC_skc_to_unix_sock=178; BPF_FUNC_kallsyms_lookup_name=179; BPF_FUNC_find_vma=180;
        BPF_FUNC_loop=181; BPF_FUNC_strncmp=182; BPF_FUNC_get_func_arg=183; BPF_FUNC_get_func_ret=184;
        BPF_FUNC_get_func_arg_cnt=185; BPF_FUNC_get_retval=186; BPF_FUNC_set_retval=187; BPF_FUNC_xdp_get_buff_len=188;
        BPF_FUNC_xdp_load_bytes=189; BPF_FUNC_xdp_store_bytes=190; BPF_FUNC_copy_from_user_task=191; BPF_FUNC_skb_set_tstamp=192;
        BPF_FUNC_ima_file_hash=193; BPF_FUNC_kptr_xchg=194; BPF_FUNC_map_lookup_percpu_elem=195; BPF_FUNC_skc_to_mptcp_sock=196;
        BPF_FUNC_dynptr_from_mem=197; BPF_FUNC_ringbuf_reserve_dynptr=198; BPF_FUNC_ringbuf_submit_dynptr=199;
        BPF_FUNC_ringbuf_discard_dynptr=200; BPF_FUNC_dynptr_read=201; BPF_FUNC_dynptr_write=202; BPF_FUNC_dynptr_data=203;
        BPF_FUNC_tcp_raw_gen_syncookie_ipv4=204; BPF_FUNC_tcp_raw_gen_syncookie_ipv6=205;
        BPF_FUNC_tcp_raw_check_syncookie_ipv4=206; BPF_FUNC_tcp_raw_check_syncookie_ipv6=207; BPF_FUNC_ktime_get_tai_ns=208;
        BPF_FUNC_user_ringbuf_drain=209; BPF_FUNC_cgrp_storage_get=210; BPF_FUNC_cgrp_storage_delete=211;
    """;
}
