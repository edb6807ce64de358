/** `npm run simulator`. */
import { runSimulatorCommand } from './command.ts';

await runSimulatorCommand(process.argv.slice(2), 'npm run simulator --');
