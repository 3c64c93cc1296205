using System.Globalization;
using Netdev.Skbs;
using Vm.Abi;

namespace Netdev.TestRun;

/// <summary>What a test run is told about its packet besides the bytes.</summary>
public abstract record TestContext
{
    private protected TestContext()
    {
    }

    /// <summary>The context of a program type with all fields zero.</summary>
    /// <param name="type">A type whose context is a packet.</param>
    public static TestContext Of(ProgramType type) => XdpContext.Fits(type) ? new XdpTestContext() : new SkbTestContext();

    /// <summary>Reads <c>mark=1,cb[0]=7,ifindex=2</c>; values decimal or 0x hex.</summary>
    /// <param name="type">Type of the program it is for: it decides which fields there are.</param>
    /// <param name="text">The text.</param>
    /// <param name="context">The context.</param>
    /// <param name="problem">What is wrong; empty when nothing is.</param>
    /// <returns>False for a field that cannot be set or a bad number. Values the kernel refuses are left to the run.</returns>
    public static bool TryParse(ProgramType type, string text, out TestContext context, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        context = Of(type);
        problem = "";
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !TryNumber(part[(equals + 1)..], out ulong value))
            {
                problem = $"'{part}' is not FIELD=NUMBER";
                return false;
            }
            if (value > uint.MaxValue && part[..equals] is not ("tstamp" or "hwtstamp"))
            {
                problem = $"'{part}': the field has 32 bits, and goes up to {uint.MaxValue}";
                return false;
            }
            if (context.With(part[..equals], value) is not { } changed)
            {
                problem = $"'{part[..equals]}' cannot be set; fields are {context.FieldNames}";
                return false;
            }
            context = changed;
        }
        return true;
    }

    /// <summary>The fields there are, for messages.</summary>
    private protected abstract string FieldNames { get; }

    /// <summary>The context with one field changed; null when there is no such field.</summary>
    private protected abstract TestContext? With(string field, ulong value);

    private static bool TryNumber(string text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
