import type { NodeAPI, NodeMessage } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { formatDollars } from '../../lib/domain/money.ts';
import type { PortfolioSnapshot } from '../../lib/domain/portfolio.ts';
import { flag, number } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';

interface Config {
  onChange: boolean;
  /** Seconds; 0 is off. */
  interval: number;
}

/** One order changes cash, a position and the order itself within moments: they make one snapshot. */
const SETTLE_MS = 250;

const portfolio: NodeDefinition<Config> = {
  type: 'portfolio',
  parse: (raw) => ({
    onChange: flag(raw, 'onChange', true),
    interval: number(raw, 'interval', 0, { min: 0, max: 86_400 }),
  }),
  start({ config, account, status, send }) {
    const snapshot = async (open: TradingAccount, msg: NodeMessage): Promise<NodeMessage> => {
      const payload = await open.snapshot();
      status.show('ok', '', `$${formatDollars(payload.equity)}`);
      return { ...msg, payload, topic: payload.account, because: inWords(payload) };
    };

    account.whenOpen((open, until) => {
      const tell = async () => {
        const message = await snapshot(open, {});
        if (!until.closed) send(message);
      };
      let settling = false;
      const settle = () => {
        if (settling) return;
        settling = true;
        until.after(SETTLE_MS, () => {
          settling = false;
          return tell();
        });
      };
      if (config.onChange) {
        until.on(open.portfolioChanges, settle);
        // The state it begins with: a dashboard opened after a restart is not empty.
        settle();
      }
      if (config.interval > 0) until.every(config.interval * 1_000, tell);
    });

    return async (msg, sendNow) => {
      sendNow(await snapshot(await account.open(), msg));
    };
  },
};

/** `equity 100,120.50 dollars, 120.50 today, 3 positions, exits only`. */
function inWords({ equity, dayPnl, positions, haltState }: PortfolioSnapshot): string {
  const day = dayPnl === null ? '' : `, ${formatDollars(dayPnl.value)} today`;
  const held = `${positions.length} ${positions.length === 1 ? 'position' : 'positions'}`;
  const limited = { active: '', reducing: ', exits only', halted: ', trading is halted' }[haltState];
  return `equity ${formatDollars(equity)} dollars${day}, ${held}${limited}`;
}

/** Sends the account's positions, cash and profit. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('portfolio', defineNode(RED, portfolio));
}
