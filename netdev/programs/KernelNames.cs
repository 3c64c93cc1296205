using System.Collections.Frozen;

namespace Netdev.Programs;

/// <summary>Names the kernel knows, whether or not we have the call behind them; for messages that say what was asked for.</summary>
public static class KernelNames
{
    /// <summary>
    /// Kernel functions that packet programs can name. Source: Linux 6.12 kernel/bpf/helpers.c, generic_btf_ids and common_btf_ids;
    /// kernel/bpf/crypto.c; net/core/filter.c; net/core/xdp.c; net/netfilter/nf_conntrack_bpf.c; net/xfrm; net/ipv4/fou_bpf.c.
    /// </summary>
    public static IReadOnlySet<string> Kfuncs { get; } = new[]
    {
        "crash_kexec", "bpf_obj_new_impl", "bpf_percpu_obj_new_impl", "bpf_obj_drop_impl", "bpf_percpu_obj_drop_impl", "bpf_refcount_acquire_impl",
        "bpf_list_push_front_impl", "bpf_list_push_back_impl", "bpf_list_pop_front", "bpf_list_pop_back", "bpf_task_acquire", "bpf_task_release",
        "bpf_rbtree_remove", "bpf_rbtree_add_impl", "bpf_rbtree_first", "bpf_cgroup_acquire", "bpf_cgroup_release", "bpf_cgroup_ancestor",
        "bpf_cgroup_from_id", "bpf_task_under_cgroup", "bpf_task_get_cgroup1", "bpf_task_from_pid", "bpf_throw", "bpf_cast_to_kern_ctx",
        "bpf_rdonly_cast", "bpf_rcu_read_lock", "bpf_rcu_read_unlock", "bpf_dynptr_slice", "bpf_dynptr_slice_rdwr", "bpf_iter_num_new",
        "bpf_iter_num_next", "bpf_iter_num_destroy", "bpf_iter_task_vma_new", "bpf_iter_task_vma_next", "bpf_iter_task_vma_destroy",
        "bpf_iter_css_task_new", "bpf_iter_css_task_next", "bpf_iter_css_task_destroy", "bpf_iter_css_new", "bpf_iter_css_next",
        "bpf_iter_css_destroy", "bpf_iter_task_new", "bpf_iter_task_next", "bpf_iter_task_destroy", "bpf_dynptr_adjust", "bpf_dynptr_is_null",
        "bpf_dynptr_is_rdonly", "bpf_dynptr_size", "bpf_dynptr_clone", "bpf_wq_init", "bpf_wq_set_callback_impl", "bpf_wq_start",
        "bpf_preempt_disable", "bpf_preempt_enable", "bpf_iter_bits_new", "bpf_iter_bits_next", "bpf_iter_bits_destroy", "bpf_copy_from_user_str",
        "bpf_dynptr_from_skb", "bpf_dynptr_from_xdp", "bpf_sk_assign_tcp_reqsk", "bpf_crypto_ctx_create", "bpf_crypto_ctx_release",
        "bpf_crypto_ctx_acquire", "bpf_crypto_decrypt", "bpf_crypto_encrypt", "bpf_xdp_metadata_rx_timestamp", "bpf_xdp_metadata_rx_hash",
        "bpf_xdp_metadata_rx_vlan_tag", "bpf_xdp_ct_alloc", "bpf_xdp_ct_lookup", "bpf_skb_ct_alloc", "bpf_skb_ct_lookup", "bpf_ct_insert_entry",
        "bpf_ct_release", "bpf_ct_set_timeout", "bpf_ct_change_timeout", "bpf_ct_set_status", "bpf_ct_change_status", "bpf_ct_set_nat_info",
        "bpf_skb_get_xfrm_info", "bpf_skb_set_xfrm_info", "bpf_xdp_get_xfrm_state", "bpf_xdp_xfrm_state_release", "bpf_skb_set_fou_encap",
        "bpf_skb_get_fou_encap", "bpf_xdp_flow_lookup", "bpf_map_sum_elem_count", "bpf_arena_alloc_pages", "bpf_arena_free_pages",
    }.ToFrozenSet();
}
