using Sim.Commands;
using Sim.Output;

using (Interrupt.Listen()) return CommandLine.Run(args);
