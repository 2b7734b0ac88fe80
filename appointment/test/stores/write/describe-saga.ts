interface LoggedStep {
  name: string;
  status: string;
  undo: { status: string } | null;
}

/**
 * One row of `sagas` in short.
 *
 * @param steps the column's JSON
 */
export function describeSaga({ status, steps }: { status: string; steps: string }): string {
  const described = (JSON.parse(steps) as LoggedStep[]).map(
    ({ name, status: own, undo }) => `${name} ${own}${undo ? ` (undo ${undo.status})` : ''}`,
  );
  return `${status}: ${described.join(', ')}`;
}
