using System.Reflection;
using System.Runtime.CompilerServices;
using Vm.Abi;
using Vm.Btf;
using Vm.Helpers;
using Vm.Programs;

namespace Vm.Loading;

/// <summary>A kernel's own BTF (/sys/kernel/btf/vmlinux): the built-in types, and a function for every helper and kernel function there is here.</summary>
/// <remarks>
/// libbpf finds a <c>__ksym</c> function by name and wants its prototype to have the same shape, down to what pointers lead to.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__resolve_ksym_func_btf_id; include/linux/btf.h, __bpf_kfunc.
/// </remarks>
public static class VmlinuxBtf
{
    private static readonly ConditionalWeakTable<ProgramKind, BtfSpec> s_known = [];

    /// <summary>Gives a kernel its own types, unless it has them: those that go with the program types it is loaded with.</summary>
    public static void Supply(LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kinds = options.Kinds;
        options.Kernel.Types ??= () =>
        {
            ProgramKind[] all = [.. Enum.GetValues<ProgramType>().Select(kinds).OfType<ProgramKind>()];
            // Each of a set of program types knows the kernel functions of all of them: one stands for the set.
            return all.Length == 0 ? KernelTypes.Spec : s_known.GetValue(all[0], _ => Of(all));
        };
    }

    /// <summary>Writes it. Ids of types are those of <see cref="KernelTypes.Spec"/>; functions come behind, by name.</summary>
    /// <param name="kinds">All program types.</param>
    public static BtfSpec Of(IEnumerable<ProgramKind> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var functions = new SortedDictionary<string, (HelperBinding Binding, string Context)>(StringComparer.Ordinal);
        foreach (var kind in kinds)
        {
            foreach (var binding in kind.Helpers.Values.Concat(kind.Kfuncs.Values)) functions.TryAdd(binding.Signature.Name, (binding, kind.Context.Name));
        }
        return KernelTypes.With("kernel types of the simulator", builder =>
        {
            var writer = new PrototypeWriter(builder);
            foreach (var (_, (binding, context)) in functions) writer.Write(binding, context);
        });
    }

    /// <summary>Turns what the verifier asks of registers into C types.</summary>
    private sealed class PrototypeWriter(BtfBuilder builder)
    {
        private readonly Dictionary<string, uint> _structs = [];
        private readonly Dictionary<uint, uint> _pointers = [];
        private readonly uint _int = Find<BtfInt>("s32"), _long = Find<BtfInt>("s64"), _word = Find<BtfInt>("u32"), _wide = Find<BtfInt>("u64"), _char = Find<BtfInt>("char");
        private readonly uint _bool = Find<BtfInt>("_Bool");

        public void Write(HelperBinding binding, string context)
        {
            var signature = binding.Signature;
            var arguments = new List<BtfParameter>();
            foreach (var (parameter, shape) in binding.Method.GetParameters().Zip(binding.Parameters))
            {
                if (shape.Shape == ParameterShape.Exec) continue;
                string name = parameter.Name ?? "";
                arguments.Add(new BtfParameter(name, TypeOf(binding, shape.Register - 1, parameter, context)));
                if (shape.Shape is ParameterShape.Span or ParameterShape.BufferOrNull) arguments.Add(new BtfParameter(name + "__sz", _word));
            }
            uint prototype = builder.Prototype(Returned(binding), arguments);
            uint function = builder.Function(signature.Name, prototype, BtfLinkage.Static);
            if (binding.IsKfunc) builder.DeclTag("bpf_kfunc", function);
        }

        private uint TypeOf(HelperBinding binding, int register, ParameterInfo parameter, string context)
        {
            var argument = binding.Signature.Args[register];
            return argument.Kind switch
            {
                ArgKind.Anything or ArgKind.ConstSize or ArgKind.ConstAllocSize => Number(binding.Signature.Name, register, parameter.ParameterType, argument),
                ArgKind.Context => To(Struct(context.Contains(' ', StringComparison.Ordinal) ? "bpf_raw_context" : context)),
                ArgKind.ConstMapPtr => binding.IsKfunc ? To(0) : To(Struct("bpf_map")),
                ArgKind.Dynptr => To(Struct("bpf_dynptr")),
                ArgKind.SpinLock => To(Struct("bpf_spin_lock")),
                ArgKind.Timer => To(Struct("bpf_timer")),
                ArgKind.WorkQueue => To(Struct("bpf_wq")),
                ArgKind.ConstString => To(_char),
                ArgKind.Callback => To(Callback(binding.Signature.Name)),
                ArgKind.Socket or ArgKind.SockCommon or ArgKind.AnySocket => To(Struct("bpf_sock")),
                ArgKind.BtfPointer or ArgKind.PerCpuBtfPointer or ArgKind.Iterator when argument.TypeName is { } name => To(Struct(name)),
                ArgKind.ListHead => To(Struct("bpf_list_head")),
                ArgKind.ListNode => To(Struct("bpf_list_node")),
                ArgKind.RbRoot => To(Struct("bpf_rb_root")),
                ArgKind.RbNode => To(Struct("bpf_rb_node")),
                _ => To(Pointee(binding.Signature.Name, register)),
            };
        }

        // What memory holds, where the kernel says more than that it is memory.
        private uint Pointee(string function, int register) => (function, register) switch
        {
            ("bpf_crypto_ctx_create", 0) => Struct("bpf_crypto_params"),
            ("bpf_crypto_ctx_create", 2) => _int,
            ("bpf_iter_bits_new", 1) => _wide,
            _ => 0,
        };

        // Registers the verifier does not look at (__ign) hold pointers: C# sees a number.
        private uint Number(string function, int register, Type type, in ArgSpec argument)
        {
            if ((argument.Flags & ArgFlags.Unchecked) != 0) return To(Pointee(function, register));
            if (type == typeof(int)) return _int;
            if (type == typeof(long)) return _long;
            return argument.PassedBytes == 4 ? _word : _wide;
        }

        private uint Returned(HelperBinding binding)
        {
            var signature = binding.Signature;
            var type = binding.Method.ReturnType;
            return signature.Return switch
            {
                ReturnKind.Void => 0,
                ReturnKind.Integer => type == typeof(bool) ? _bool : type == typeof(int) ? _int : type == typeof(uint) ? _word : type == typeof(ulong) ? _wide : _long,
                ReturnKind.BtfPointer or ReturnKind.BtfPointerOrNull when signature.ReturnTypeName is { } name => To(Struct(name)),
                ReturnKind.SocketOrNull => To(Struct("bpf_sock")),
                ReturnKind.TcpSockOrNull => To(Struct("bpf_tcp_sock")),
                ReturnKind.SockCommonOrNull => To(Struct("bpf_sock")),
                ReturnKind.IteratorElementOrNull => To(_int),
                ReturnKind.GraphNodeOrNull => To(Struct(signature.Name.StartsWith("bpf_list", StringComparison.Ordinal) ? "bpf_list_node" : "bpf_rb_node")),
                _ => To(0),
            };
        }

        private uint Callback(string of) => of switch
        {
            "bpf_rbtree_add_impl" => builder.Prototype(_bool, [new BtfParameter("a", To(Struct("bpf_rb_node"))), new BtfParameter("b", To(Struct("bpf_rb_node")))]),
            _ => builder.Prototype(_int, [new BtfParameter("map", To(0)), new BtfParameter("key", To(_int)), new BtfParameter("value", To(0))]),
        };

        private uint To(uint target)
        {
            if (!_pointers.TryGetValue(target, out uint id)) _pointers.Add(target, id = builder.Pointer(target));
            return id;
        }

        // A struct the table does not describe has nothing anybody may read.
        private uint Struct(string name)
        {
            if (KernelTypes.Spec.TryFind<BtfComposite>(name, out var known)) return known.Id;
            if (!_structs.TryGetValue(name, out uint id)) _structs.Add(name, id = builder.Composite(name, isUnion: false, 0, []));
            return id;
        }

        private static uint Find<T>(string name) where T : BtfType => KernelTypes.Spec.TryFind<T>(name, out var type)
            ? type.Id
            : throw new System.Diagnostics.UnreachableException($"the built-in type table has no {name}");
    }
}
