/** The market for one measured program: Tradier's API without limits, in a process of its own. */
import { startSimulator } from '../simulator/server.ts';

const unlimited = { standard: 1e9, market: 1e9, trading: 1e9 };
const { rest, token, account } = await startSimulator({ limits: false, quotas: unlimited });
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.send?.({ rest, token, account });
