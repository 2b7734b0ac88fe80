const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string);

class SafeHtml {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Markup that can go into a page as it is. Only `html` makes it, so everything in it has been escaped. */
export type Html = SafeHtml;

/** What a page may interpolate: absent values leave no trace, lists are joined, and whatever is not `Html` is escaped. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof SafeHtml) return content.toString();
  if (typeof content === 'object') return content.map(render).join('');
  return escapeText(String(content));
}

/** Builds markup from a template; attribute values in it must be quoted. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  return new SafeHtml(strings.reduce((text, part, index) => text + render(contents[index - 1]) + part));
}
