// Keyboards and word processors put these where an apostrophe is meant.
const APOSTROPHE = /[‘’‛ʼʹʻ′`´＇]/g;
const DASH = /[\p{Pd}\u2212]/gu;
const NOT_SEEN = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * A name as it is searched for. Names are the same that differ in case only (by Unicode's full case folding: STRAUSS is
 * Strauß), in how a letter is encoded, in the kind of apostrophe, dash or space, in the number of spaces, or in what is not
 * seen. An accent makes another name.
 */
export function nameKey(name: string): string {
  const plain = name.replace(APOSTROPHE, "'").normalize('NFKC').replace(DASH, '-').replace(NOT_SEEN, '');
  // By way of capitals: only they have an SS for the ß, and a J with the caron beside it for the ǰ. The ẞ has one capital.
  const folded = plain.toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
  return folded.replaceAll(/\s+/g, ' ').trim();
}

/** What `nameKey` was in earlier releases, whose stores hold it: without regard to case, and no more than that. */
export const formerNameKey = (name: string): string => name.normalize('NFC').toLowerCase();
