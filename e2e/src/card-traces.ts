import { createHash } from 'node:crypto';

/**
 * Every form in which a card number would count as kept: its digits but the last four, which may be shown, plain and
 * grouped; the whole of it in base64 and as a binary integer; and its unkeyed hashes, which can be tried out in no time.
 */
function tracesOf(card: string): Array<[form: string, bytes: Buffer]> {
  const groups = card.match(/\d{1,4}/g) ?? [];
  const integer = Buffer.alloc(8);
  integer.writeBigInt64BE(BigInt(card));
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm): Array<[string, Buffer]> => {
    const digest = createHash(algorithm).update(card).digest();
    const hex = digest.toString('hex');
    return [
      [algorithm, digest],
      [`${algorithm} in hex`, Buffer.from(hex)],
      [`${algorithm} in base64`, Buffer.from(digest.toString('base64').replace(/=+$/, ''))],
      [`${algorithm} in base64url`, Buffer.from(digest.toString('base64url'))],
    ];
  });
  return [
    ['plain', Buffer.from(card.slice(0, -4))],
    ['with spaces', Buffer.from(groups.slice(0, -1).join(' '))],
    ['with dashes', Buffer.from(groups.slice(0, -1).join('-'))],
    ['in base64', Buffer.from(Buffer.from(card).toString('base64').replace(/=+$/, ''))],
    ['as an integer', integer],
    ...hashes,
  ];
}

// A number of seconds in a metric, such as 0.2400000000000001, has digits that a test card has as well.
const IN_FRACTION = /\d\.\d*$/;
const LONGEST_FRACTION = 20;

function indexOfTrace(bytes: Buffer, trace: Buffer): number {
  let at = bytes.indexOf(trace);
  while (at >= 0 && IN_FRACTION.test(bytes.toString('latin1', Math.max(0, at - LONGEST_FRACTION), at))) {
    at = bytes.indexOf(trace, at + 1);
  }
  return at;
}

/** Where in `bytes` there is anything of one of the cards, in words that show nothing of it. */
export function findCards(bytes: Buffer, cards: readonly string[]): string[] {
  return cards.flatMap((card, index) =>
    tracesOf(card)
      .map(([form, trace]) => ({ form, at: indexOfTrace(bytes, trace) }))
      .filter(({ at }) => at >= 0)
      .map(({ form, at }) => `card ${index + 1} ${form} at byte ${at}`),
  );
}
