/** What a card of the sandbox does, for people who choose one. */
export interface TestCard {
  number: string;
  outcome: string;
}

/** The cards of the sandbox that people choose from; every other number settles as the first does. */
export const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', outcome: 'settles' },
  { number: '4000000000000002', outcome: 'is declined' },
  { number: '4000000000009995', outcome: 'is declined for lack of funds' },
  { number: '4000000000000119', outcome: 'cannot be processed' },
  { number: '4000002760003184', outcome: 'asks its holder, and settles once approved' },
  { number: '4000008260003178', outcome: 'asks its holder, and is declined for lack of funds once approved' },
];
