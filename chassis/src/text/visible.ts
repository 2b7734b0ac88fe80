// What no font draws although it is a letter or a sign: Braille without a dot, the note without a head, the place of an object,
// and the blanks among the hieroglyphs. Whatever else is not seen, such as Hangul fillers, Unicode calls ignorable.
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{13441}\u{13442}]]/v;

/** Whether anything of a text is seen: spaces, marks that stand on nothing and signs that only steer others are not. */
export const isVisible = (text: string): boolean => VISIBLE.test(text);
