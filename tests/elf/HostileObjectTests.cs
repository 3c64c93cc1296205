using Tests.Objects;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Linking;
using Vm.Specs;

namespace Tests.Elf;

public class HostileObjectTests
{
    private const int Rounds = 5_000;

    public static TheoryData<string> Objects => ["datapath-v3.o", "datapath-v4.o", "plain-v2.o", "plain-g.o", "legacy.o", "core.o", "core_target.o", "exceptions.o", "objects.o"];

    [Theory]
    [MemberData(nameof(Objects))]
    public void DamagedObject_IsReadOrRefusedAndNothingElse(string name)
    {
        byte[] original = TestObjects.Bytes(name);
        var random = new Random(name.Length * 7919 + name[0]);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Damage(original, random);
            try
            {
                Use(ObjectReader.Read(bytes, name));
            }
            catch (BadInputException problem)
            {
                Assert.False(string.IsNullOrWhiteSpace(problem.Message));
            }
        }
    }

    [Fact]
    public void EveryTruncation_IsRefusedWithoutSurprise()
    {
        byte[] original = TestObjects.Bytes("plain-g.o");
        for (int length = 0; length < original.Length; length++)
        {
            var bytes = original.AsMemory(0, length);
            Assert.ThrowsAny<BadInputException>(() => ObjectReader.Read(bytes, "short.o"));
        }
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] bytes = (byte[])original.Clone();
        int changes = 1 + random.Next(4);
        for (int i = 0; i < changes; i++)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 16), bytes.Length - at)));
                    break;
                case 3:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 8), bytes.Length - at)).Fill((byte)(random.Next(2) == 0 ? 0 : 0xff));
                    break;
                default:
                    int from = random.Next(bytes.Length), length = Math.Min(random.Next(1, 64), bytes.Length - Math.Max(from, at));
                    original.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }
        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static void Use(ObjectSpec spec)
    {
        foreach (var program in spec.Programs)
        {
            try
            {
                Linker.Link(spec, program);
            }
            catch (BadInputException problem)
            {
                Assert.NotEmpty(problem.What);
            }
        }
        foreach (var map in spec.Maps)
        {
            if (map.Btf is null || map.ValueTypeId == 0 || map.ValueSize > 4096) continue;
            try
            {
                BtfValue.Format(map.Btf, map.ValueTypeId, map.Contents ?? new byte[map.ValueSize]);
                foreach (var variable in map.Variables.Take(4))
                {
                    if (map.DataSection) Globals.Get(spec, variable.Name);
                }
            }
            catch (BadInputException problem)
            {
                Assert.NotEmpty(problem.What);
            }
        }
    }
}
