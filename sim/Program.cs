return Sim.Commands.CommandLine.Run(args);
