using System.Runtime.InteropServices;

namespace Sim.Output;

/// <summary>The user, or who runs us, asked the process to end: thrown where a loop can be left, so that what is whole is still written.</summary>
internal sealed class InterruptedException(int signal) : Exception(signal == Interrupt.Terminated ? "ended by SIGTERM" : "interrupted")
{
    /// <summary>What the process exits with: 128 and the signal's number, as shells count.</summary>
    public int ExitCode => 128 + signal;
}

/// <summary>Ctrl-C and SIGTERM: loops over packets, programs and scenarios ask <see cref="Check"/>; whoever does not ask in time is cut off.</summary>
internal static class Interrupt
{
    internal const int CtrlC = 2, Terminated = 15;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(700);

    private static volatile int s_signal;

    /// <summary>Leaves the loop when the process was asked to end.</summary>
    /// <exception cref="InterruptedException">It was.</exception>
    /// <remarks>One comparison.</remarks>
    public static void Check()
    {
        if (s_signal != 0) throw new InterruptedException(s_signal);
    }

    /// <summary>True when the process was asked to end.</summary>
    public static bool Asked => s_signal != 0;

    /// <summary>Listens until disposed.</summary>
    internal static IDisposable Listen() => new Listener();

    private sealed class Listener : IDisposable
    {
        private readonly PosixSignalRegistration _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        private readonly PosixSignalRegistration _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);

        public void Dispose()
        {
            _interrupt.Dispose();
            _terminate.Dispose();
        }

        private static void Ask(PosixSignalContext context)
        {
            context.Cancel = true;
            bool again = s_signal != 0;
            s_signal = context.Signal == PosixSignal.SIGTERM ? Terminated : CtrlC;
            if (again) End();
            else new Thread(() =>
            {
                Thread.Sleep(s_patience);
                End();
            }) { IsBackground = true }.Start();
        }

        // A single long step (a program that loops, a proof) does not look up: nothing half written may stay.
        private static void End()
        {
            OutputFile.DropUnfinished();
            Terminal.Current.Complain("interrupted");
            Environment.Exit(128 + s_signal);
        }
    }
}
