import type { Kysely } from 'kysely';
import { prepareFind, prepareInsert, prepareUpdate } from '../src/row-queries.ts';

export interface Mark {
  pupil: string;
  subject: string;
  mark: number | null;
  state: string;
  at: number;
}

export interface MarkTables {
  marks: Mark;
}

export const markMigrations = {
  '001-marks': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('marks')
        .addColumn('pupil', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('mark', 'integer')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('marks_of_pupils', ['pupil', 'subject'])
        .execute();
    },
  },
};

const KEY = ['pupil', 'subject'] as const;

const COLUMNS = [...KEY, 'mark', 'state', 'at'] as const;

export const insertMark = prepareInsert<Mark>('marks', COLUMNS, KEY);
export const insertMarkReturning = prepareInsert<Mark, Pick<Mark, 'mark'>>('marks', COLUMNS, KEY, ['mark']);
export const findMark = prepareFind<Mark, 'pupil' | 'subject'>('marks', { key: KEY });
export const findSubjects = prepareFind<Mark, 'pupil', 'subject'>(
  'marks',
  { key: ['pupil'], having: { state: 'open' } },
  ['subject'],
);
export const changeMark = prepareUpdate<Mark, 'pupil' | 'subject', 'mark'>('marks', ['mark'], {
  key: KEY,
  having: { state: 'open' },
});

export const markOf = (pupil: string, rest: Partial<Mark> = {}): Mark => ({
  pupil,
  subject: 'music',
  mark: 1,
  state: 'open',
  at: 1_790_000_000_000,
  ...rest,
});
