/** The rounds of one contender. */
export interface Turns<Contender, Round> {
  contender: Contender;
  rounds: Round[];
}

/**
 * Measures contenders in turn, round by round, so that a slow spell of the machine hits all of them.
 *
 * @returns what `measure` returned, in the order of the contenders
 */
export async function takeTurns<Contender, Round>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender, round: number) => Promise<Round>,
): Promise<Array<Turns<Contender, Round>>> {
  const all = contenders.map((contender) => ({ contender, rounds: [] as Round[] }));
  for (let round = 0; round < rounds; round += 1) {
    // No contender always comes first or after the same neighbour.
    const start = round % all.length;
    for (const turns of [...all.slice(start), ...all.slice(0, start)]) {
      turns.rounds.push(await measure(turns.contender, round));
    }
  }
  return all;
}

/** Those whose name has one of these parts, in lower case; all where there is none. */
export function selectContenders<Contender extends { name: string }>(
  contenders: readonly Contender[],
  parts: readonly string[],
): Contender[] {
  const isWanted = (name: string) => parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part));
  return contenders.filter(({ name }) => isWanted(name));
}
