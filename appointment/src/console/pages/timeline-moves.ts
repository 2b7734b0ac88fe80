import type { Move, SagaRecord } from 'durable-saga';
import { sayActor, sayStep } from './plain-words.ts';
import type { Unplaced } from './timeline-entry.ts';
import { cancellationOf, turnedAt } from './timeline-turn.ts';

const TITLES: Record<Move['move'], string> = {
  cancel: 'Cancelled',
  retry: 'Retried',
  pause: 'Paused',
  resume: 'Resumed',
  resolve: 'Resolved',
};

const titleOf = (step: string, key: string | undefined): string =>
  key === undefined ? sayStep(step).name : `${sayStep(step).name} · ${key}`;

/** An operator's move, with the reason that was given. */
export function toMove({ move, at, by, reason, step, key, as }: Move, way: 'out' | 'back'): Unplaced {
  return {
    way,
    kind: 'move',
    mark: 'operator',
    title: `${TITLES[move]} by ${sayActor(by)}`,
    at,
    ...(step !== undefined && { detail: `“${titleOf(step, key)}” counts as ${as}` }),
    ...(reason !== null && { said: reason }),
  };
}

/** The operators' moves, but for the one that turned the saga round, which has an entry of its own. */
export function movesOf(saga: SagaRecord): { out: Unplaced[]; back: Unplaced[] } {
  const cancellation = cancellationOf(saga);
  const turned = turnedAt(saga) ?? Number.POSITIVE_INFINITY;
  const isBack = (move: Move, index: number) =>
    cancellation ? index > saga.history.indexOf(cancellation) : move.at > turned;
  const all = saga.history.map((move, index) => ({
    move,
    way: isBack(move, index) ? ('back' as const) : ('out' as const),
  }));
  const ofWay = (wanted: 'out' | 'back') =>
    all.flatMap(({ move, way }) => (way === wanted && move !== cancellation ? toMove(move, way) : []));
  return { out: ofWay('out'), back: ofWay('back') };
}
