namespace Vm.Btf;

/// <summary>Type information of one object or kernel, looked up by id and by name.</summary>
public sealed class BtfSpec
{
}
