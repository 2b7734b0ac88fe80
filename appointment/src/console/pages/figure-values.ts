import { type Html, html } from '@appointments/chassis';

/** The values of a chart as text, for who cannot read its shapes; folded, because there are many. */
export function figureValues(values: ReadonlyArray<{ of: Html | string; value: string }>): Html {
  if (values.length === 0) return html``;
  const items = values.map(({ of, value }) => html`<li><span class="number">${of}</span> ${value}</li>`);
  return html`<details class="values"><summary>Values</summary><ol>${items}</ol></details>`;
}
