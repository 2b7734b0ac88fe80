import { BACKEND_NAMES, type BackendName, type CallName, serviceNamed } from '../../../services.ts';

/** One call as a proxy sees it. */
export interface Call {
  method: string;
  path: string;
}

const callsTo = (peer: BackendName) =>
  Object.entries(serviceNamed(peer).calls).map(([name, call]) => {
    const [method, path] = call.split(' ');
    return [name, { peer, method, path }];
  });

/** The orchestrator's calls to its backends: steps and their undos. `path` is how each begins. */
export const CALLS: Record<CallName, Call & { peer: BackendName }> = Object.fromEntries(BACKEND_NAMES.flatMap(callsTo));

/**
 * What happens to a call. `reset` cuts its connection; `hold` keeps it until held calls are released, if ever, when the
 * caller has long left; `delayMs` forwards it late; `strike` runs something, then holds the call or cuts its connection.
 */
export type Fault = 'reset' | 'hold' | { delayMs: number } | { strike: () => Promise<void>; ending: 'hold' | 'reset' };

export interface FaultRule {
  /** Before the backend gets the request, or after it has responded and before the caller gets the response. */
  on: 'request' | 'response';
  call: CallName;
  fault: Fault;
  /** How many calls are hit, the first one when left out. */
  times?: number;
  /** How many calls pass unharmed before. */
  after?: number;
}

/** The rules that are in force, each counting the calls it has seen. */
export function createRuleBook() {
  let rules: Array<FaultRule & { seen: number }> = [];

  function ruleFor(on: FaultRule['on'], { method, path }: Call): FaultRule | undefined {
    return rules.find((rule) => {
      const call = CALLS[rule.call];
      if (rule.on !== on || call.method !== method || !path.startsWith(call.path)) return false;
      rule.seen += 1;
      const hit = rule.seen - (rule.after ?? 0);
      return hit > 0 && hit <= (rule.times ?? 1);
    });
  }

  return {
    ruleFor,
    add: (rule: FaultRule) => rules.push({ ...rule, seen: 0 }),
    clear: () => {
      rules = [];
    },
  };
}
