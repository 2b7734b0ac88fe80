import fc from 'fast-check';
import type { Disruption, MovePlan, Outcome, Part, Plan, StepPlan, UndoOutcome, WaitPlan } from './random-plan.ts';

const outcome = fc.oneof(
  { weight: 10, arbitrary: fc.constant<Outcome>('ok') },
  { weight: 5, arbitrary: fc.constantFrom<Outcome>('refusal', 'effect, then unclear', 'unclear without effect') },
  { weight: 3, arbitrary: fc.constantFrom<Outcome>('transient', 'effect, then transient', 'slow at first') },
);
const undo = fc.oneof(
  { weight: 8, arbitrary: fc.constant<UndoOutcome>('ok') },
  { weight: 2, arbitrary: fc.constantFrom<UndoOutcome>('transient', 'effect, then transient', 'hopeless', 'none') },
);
const oneIn = (times: number) => fc.nat(times - 1).map((number) => number === times - 1);
const step = fc.record({
  kind: fc.constant('step' as const),
  name: fc.constant(''),
  outcome,
  undo,
  recover: oneIn(4),
  ms: fc.constantFrom(0, 0, 10, 20, 30, 100),
  heeds: fc.boolean(),
  pivot: fc.constant(false),
});
const wait = fc.record({
  kind: fc.constant('wait' as const),
  name: fc.constant(''),
  event: fc.constantFrom('early', 'twice', 'in time', 'late', 'never'),
}) as fc.Arbitrary<WaitPlan>;
const sleep = fc.record({ kind: fc.constant('sleep' as const), name: fc.constant(''), ms: fc.nat(900) });

// Two that fail side by side: which of them the function learns of must be the same in every replay.
const failing = step.map((one) => ({ ...one, recover: false, undo: 'ok' as const }));
const rivals = fc.tuple(failing, failing, fc.boolean()).map(([one, other, isFirst]): Part => {
  const parts = [
    { ...one, outcome: 'refusal' as const },
    { ...other, outcome: 'effect, then unclear' as const },
  ];
  return { kind: 'all', parts: isFirst ? parts : parts.toReversed() };
});

const { part } = fc.letrec<{ part: Part; some: Part[] }>((tie) => ({
  some: fc.array(tie('part'), { minLength: 1, maxLength: 3 }),
  part: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 8, arbitrary: step },
    { weight: 1, arbitrary: wait },
    { weight: 1, arbitrary: sleep },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constantFrom('sequence', 'all', 'allSettled'), parts: tie('some') }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('try', 'refused'), part: tie('part'), instead: tie('part') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused'), part: rivals, instead: tie('part') }) },
  ) as fc.Arbitrary<Part>,
}));

const next = fc.constantFrom<Disruption['next']>(
  'exclusive',
  'waits for the lease',
  'has version 2 as well',
  'comes after one with version 2 only',
);
const disruptionAt = (at: Disruption['at'], ...what: Disruption['what'][]) =>
  fc.record<Disruption>({ at: fc.constant(at), count: fc.nat(7), what: fc.constantFrom(...what), next });
const disruption = fc.oneof(
  disruptionAt('call', 'dies before', 'dies after', 'dies before', 'dies after', 'freezes'),
  disruptionAt('write', 'dies before', 'dies after', 'freezes', 'fails', 'loses the response'),
);

const move = fc.record<MovePlan>({
  move: fc.constantFrom('cancel', 'pause', 'shutdown'),
  afterMs: fc.nat(400),
  elsewhere: fc.boolean(),
});

/** Random sagas with what happens to them. */
export const randomPlan: fc.Arbitrary<Plan> = fc
  .record({
    parts: fc.array(part, { minLength: 1, maxLength: 4 }),
    pivot: fc.option(
      step.map((one) => ({ ...one, pivot: true, undo: one.undo === 'ok' && one.heeds ? 'ok' : 'none' }) as StepPlan),
      { nil: undefined },
    ),
    after: fc.array(part, { maxLength: 3 }),
    deadlineMs: fc.constantFrom(60_000, 60_000, 60_000, 150),
    disruptions: fc.array(disruption, { maxLength: 3 }),
    moves: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(move, { maxLength: 2 }) },
    ),
    chance: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 9 }),
    whenStuck: fc.constantFrom('repairs', 'resolves'),
    cancelledAfter: fc.constantFrom(undefined, 'appended', 'prepended', 'moved', 'retired', 'renamed'),
  })
  .map((plan) => named(plan as Plan));

/** Gives each step and each wait a name of its own. After the pivot nothing may fail the function. */
function named(plan: Plan): Plan {
  let number = 0;
  const name = (one: Part): Part => {
    switch (one.kind) {
      case 'step': {
        number += 1;
        const sharesDeclaration = number % 4 === 0 && !one.recover && one.undo !== 'none' && !one.pivot;
        return sharesDeclaration ? { ...one, name: 'shared', key: `#${number}` } : { ...one, name: `step ${number}` };
      }
      case 'wait':
      case 'sleep':
        number += 1;
        return { ...one, name: `${one.kind} ${number}` };
      case 'try':
      case 'refused':
        return { ...one, part: name(one.part), instead: name(one.instead) };
      default:
        return { ...one, parts: one.parts.map(name) };
    }
  };
  const parts = plan.parts.map(name);
  const pivot = plan.pivot && (name(plan.pivot) as StepPlan);
  return { ...plan, parts, pivot, after: pivot ? plan.after.map(withoutTimeouts).map(name) : [] };
}

function withoutTimeouts(one: Part): Part {
  switch (one.kind) {
    case 'wait':
      return one.event === 'late' || one.event === 'never' ? { ...one, event: 'in time' } : one;
    case 'try':
    case 'refused':
      return { ...one, part: withoutTimeouts(one.part), instead: withoutTimeouts(one.instead) };
    case 'step':
    case 'sleep':
      return one;
    default:
      return { ...one, parts: one.parts.map(withoutTimeouts) };
  }
}
