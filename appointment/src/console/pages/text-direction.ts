// The characters that reverse, or set apart, what comes after them (UAX #9): embeddings, overrides and isolates.
const DIRECTING = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A client's text for a place that takes no markup, such as a title: its direction is its own and reaches nothing beside
 * it. Where markup goes, `<bdi>` does this.
 */
export const isolated = (text: string): string => `\u2068${text.replace(DIRECTING, '')}\u2069`;

/** JSON in which characters that direct others are escapes, so that it is read in the order in which it was sent. */
export const escapeDirecting = (json: string): string =>
  json.replace(DIRECTING, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
