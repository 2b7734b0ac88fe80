// What people put between the digits of a card number: spaces, dashes, dots, slashes, and what is not seen at all.
const BETWEEN = '[\\p{Z}\\p{Pd}\\p{Cf}\\p{M}\\u2212./_·•]';
const DIGITS = new RegExp(`\\p{Nd}(?:${BETWEEN}{0,3}\\p{Nd}){12,}`, 'gu');
// UUIDs, and the hexadecimal ids of traces, documents and commits, have long runs of digits by chance.
const ID = /(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{24,})(?![0-9a-z])/gi;
const NOT_ASCII = /[^\0-\x7f]/;
const SHORTEST = 13;
const LONGEST = 19;

/**
 * Whether a text holds what may be a card number: 13 to 19 digits of any script that pass the Luhn check (ISO/IEC 7812),
 * with up to three spaces, dashes, dots or the like between them. Digits before or after them in groups of their own, such
 * as those of an expiry date, do not hide it. A well-formed UUID and a hexadecimal id of 24 digits or more that has a letter
 * count as one sign each, whatever their digits.
 */
export function holdsCardNumber(text: string): boolean {
  const plain = NOT_ASCII.test(text) ? text.normalize('NFKC') : text;
  const runs = plain.match(DIGITS) && plain.replace(ID, '#').match(DIGITS);
  return runs?.some((run) => holdsGroupedNumber(run.match(/\p{Nd}+/gu) ?? [])) ?? false;
}

function holdsGroupedNumber(groups: readonly string[]): boolean {
  return groups.some((_, first) => {
    let digits = '';
    for (const group of groups.slice(first, first + LONGEST)) {
      digits += Array.from(group, digitOf).join('');
      if (digits.length > LONGEST) return false;
      if (isCardNumber(digits)) return true;
    }
    return false;
  });
}

/** Whether a text is nothing but the digits of what may be a card number. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST || !/^\d+$/.test(digits)) return false;
  const sum = Array.from(digits).reduceRight((total, digit, index) => {
    const doubled = (digits.length - index) % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Unicode has the ten digits of every script side by side, and scripts in multiples of ten. */
function digitOf(digit: string): number {
  const code = digit.codePointAt(0) as number;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}
