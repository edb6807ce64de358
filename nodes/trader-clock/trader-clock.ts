import type { NodeAPI } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { INTERVALS } from '../../lib/market/bars/intervals.ts';
import {
  type ClockPlan,
  CRON_DAYS,
  cronNeverComes,
  GATES,
  type Gate,
  passes,
  tellsNothing,
} from '../../lib/market/schedule/clock-events.ts';
import { ClockFollower } from '../../lib/market/schedule/clock-follower.ts';
import {
  cronNeverInWords,
  GATE_WORDS,
  gateInWords,
  missedInWords,
  nextInShort,
  tickInWords,
  tickOf,
} from '../../lib/market/schedule/clock-tick.ts';
import { Cron } from '../../lib/market/schedule/cron.ts';
import { choice, flag, number, optionalNumber, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import { traced } from '../kit/messages.ts';
import { leavePlace, takePlace } from './places.ts';

interface Config {
  plan: ClockPlan;
  gate: Gate;
}

/** Fifteen market minutes at 10,000 times real time. */
const LOOK_MS = 100;
/** On a real account what is due comes within this, or is said to be missed. */
const LATEST_MS = 60_000;

const traderClock: NodeDefinition<Config> = {
  type: 'trader-clock',
  parse(raw) {
    const cron = text(raw, 'cron');
    return {
      plan: {
        open: flag(raw, 'onOpen', true),
        close: flag(raw, 'onClose', true),
        beforeClose:
          optionalNumber(raw, 'beforeClose') === undefined
            ? null
            : number(raw, 'beforeClose', 10, { min: 1, max: 200, whole: true }),
        bars: text(raw, 'bars') === '' ? null : choice(raw, 'bars', INTERVALS, '5'),
        cron: cron === '' ? null : new Cron(cron, 'cron'),
        cronDays: choice(raw, 'cronDays', CRON_DAYS, 'trading'),
      },
      gate: choice(raw, 'gate', GATES, 'regular'),
    };
  },
  start({ node, config, account, status, send }) {
    const { plan, gate } = config;
    let isWarned = false;

    account.whenOpen((open, until) => {
      const { calendar, clock } = open;
      const isNever = cronNeverComes(calendar, plan, clock.market.now());
      if (isNever && !isWarned) {
        isWarned = true;
        node.warn(cronNeverInWords(plan));
      }
      const from = takePlace(node.id, open.key);
      const follower = new ClockFollower({
        calendar,
        // Looking for it again and again would take long.
        plan: isNever ? { ...plan, cron: null } : plan,
        now: () => clock.market.now(),
        elapsed: () => clock.elapsed.now(),
        ...(from === undefined ? {} : { from }),
        // A simulated market may run fast and jumps over closed hours.
        latestMs: open.simulated ? Number.POSITIVE_INFINITY : LATEST_MS,
        tell(told) {
          const tick = tickOf(calendar, told);
          send({ payload: tick, topic: tick.event, because: tickInWords(tick) });
        },
        missed: (events) => node.warn(missedInWords(events)),
      });
      const look = () => {
        follower.look();
        if (isNever) status.show('stale', 'own.cronNever');
        else showNext(open, follower);
      };
      until.own(() => leavePlace(node.id, open.key, follower.passed));
      until.every(LOOK_MS, look);
      look();
    });

    return async (msg, sendNow) => {
      const { calendar, clock } = await account.open();
      const now = clock.market.now();
      const state = calendar.state(now);
      const through = passes(gate, state);
      const because = through
        ? gateInWords(calendar, now)
        : `Held back, only ${GATE_WORDS[gate]} pass. ${gateInWords(calendar, now)}`;
      const trace = traced(msg, clock.wall, {
        node: node.name || node.type,
        decision: through ? 'passed' : 'held_back',
        because,
        figures: { state, gate },
      });
      const passed = { ...msg, trace, because };
      sendNow(through ? [null, passed, null] : [null, null, passed]);
    };

    function showNext({ calendar, clock }: TradingAccount, follower: ClockFollower): void {
      const now = clock.market.now();
      const next = follower.next();
      const look = calendar.openSession(now) === null ? 'idle' : 'ok';
      if (tellsNothing(plan)) status.show(look, 'own.gateOnly');
      else if (next === null) status.show(look, 'waiting');
      else status.show(look, 'own.next', nextInShort(next, now));
    }
  },
};

/** Tells the market's hours and keeps messages to them. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('trader-clock', defineNode(RED, traderClock));
}
